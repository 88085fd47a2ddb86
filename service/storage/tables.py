"""The tables; a change here comes with a migration, and a test holds the two together.

`schema_version` is the version of a row's JSON documents: rows of earlier versions stay as they
are, and are brought to today's shape when they are read.
"""

from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "CallPartRow", "GradeRow", "JobRow"]

# Names that every database agrees on, so that a later migration can drop what this one made.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant; SQLite has no time zones, so it is written and read as UTC."""

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
    schema_version: Mapped[int]
    grade: Mapped[dict[str, JsonValue]] = mapped_column(JSON)


class JobRow(Base):
    """One job, with the JSON documents of the request, the result and the failure."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(16), index=True)
    runs: Mapped[int]
    is_whole: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    total: Mapped[int | None]
    finished: Mapped[int]
    request: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
    result: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))
    failure: Mapped[dict[str, JsonValue] | None] = mapped_column(JSON(none_as_null=True))
    schema_version: Mapped[int]


class CallPartRow(Base):
    """One delivery of a call, next to the job that it made."""

    __tablename__ = "call_parts"
    __table_args__ = (Index(None, "tool", "call_id"),)

    job_id: Mapped[str] = mapped_column(String(64), ForeignKey("jobs.id"), primary_key=True)
    tool: Mapped[str] = mapped_column(String(128))
    call_id: Mapped[str] = mapped_column(String(128))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    schema_version: Mapped[int]
    content: Mapped[dict[str, JsonValue]] = mapped_column(JSON)
