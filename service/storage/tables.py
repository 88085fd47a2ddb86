"""The tables; a change here comes with a migration, and a test holds the two together."""

from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "GradeRow"]

# Names that every database agrees on, so that a later migration can drop what this one made.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant; SQLite keeps no time zone, so it is written and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    """All tables of Probewise."""

    metadata = MetaData(naming_convention=_NAMES)


class GradeRow(Base):
    """One grade: the JSON document as it was returned, with the columns it is found by.

    The document is JSON, not JSONB: PostgreSQL's JSONB refuses texts that JSON allows.
    """

    __tablename__ = "grades"
    __table_args__ = (UniqueConstraint("source_tool", "source_call_id", "source_event_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(128), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    answer: Mapped[str] = mapped_column(Text)
    follows: Mapped[str | None] = mapped_column(String(64), ForeignKey("grades.id"))
    engagement_id: Mapped[str | None] = mapped_column(String(128), index=True)
    source_tool: Mapped[str | None] = mapped_column(String(128))
    source_call_id: Mapped[str | None] = mapped_column(String(128))
    source_event_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    grade: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
