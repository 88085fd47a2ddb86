"""Saving and finding grades."""

from typing import Literal

from pydantic import AwareDatetime, JsonValue
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from service.errors import UnknownGrade
from service.records import Frozen
from service.storage.database import Database
from service.storage.identifiers import Identifier, is_identifier
from service.storage.tables import GradeRow

__all__ = ["GradeRepository", "Source", "StoredGrade"]


class Source(Frozen):
    """The event of a tool that sent an answer: it is graded once, however often it is sent."""

    tool: Identifier
    call_id: Identifier
    event_id: Identifier


class StoredGrade(Frozen):
    """One grade as it is stored, with what was graded.

    `grade` is its JSON document. Version 1 of it, written by release 0.1.0, has `needs_review`
    without the reasons; `Grade` reads both.
    """

    id: str
    question_id: str
    answer: str
    follows: str | None = None
    engagement_id: str | None = None
    source: Source | None = None
    created_at: AwareDatetime
    schema_version: Literal[1, 2] = 2
    grade: dict[str, JsonValue]


class GradeRepository:
    """The grades of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, record: StoredGrade) -> StoredGrade:
        """Store the grade and return what is stored: the earlier one if its source has one."""
        try:
            async with self._database.change() as session:
                await session.execute(insert(GradeRow).values(_columns(record)))
        except IntegrityError:
            earlier = await self.find_by_source(record.source) if record.source else None
            if earlier is None:
                raise
            return earlier
        return record

    async def find(self, grade_id: str) -> StoredGrade:
        """Find the grade of this id; UnknownGrade if none is stored."""
        async with self._database.work() as session:
            row = await session.get(GradeRow, grade_id)
        if row is None:
            raise UnknownGrade(grade_id)
        return _record(row)

    async def find_by_source(self, source: Source) -> StoredGrade | None:
        """Find the grade of this source event; None if it was not graded."""
        query = select(GradeRow).filter_by(
            source_tool=source.tool,
            source_call_id=source.call_id,
            source_event_id=source.event_id,
        )
        async with self._database.work() as session:
            row = await session.scalar(query)
        return _record(row) if row else None

    async def find_by_engagement(self, engagement_id: str) -> list[StoredGrade]:
        """List the grades of this engagement, oldest first, those of one time by id."""
        if not is_identifier(engagement_id):  # a database may refuse to look for it
            return []
        query = select(GradeRow).filter_by(engagement_id=engagement_id)
        async with self._database.work() as session:
            rows = await session.scalars(query.order_by(GradeRow.created_at, GradeRow.id))
            return [_record(row) for row in rows]


def _columns(record: StoredGrade) -> dict[str, object]:
    return {
        **record.model_dump(exclude={"source"}),
        "verdict": record.grade["verdict"],
        "source_tool": record.source and record.source.tool,
        "source_call_id": record.source and record.source.call_id,
        "source_event_id": record.source and record.source.event_id,
    }


def _record(row: GradeRow) -> StoredGrade:
    source = None
    if row.source_tool is not None:
        source = Source.model_validate(
            {
                "tool": row.source_tool,
                "call_id": row.source_call_id,
                "event_id": row.source_event_id,
            }
        )
    columns = {name: getattr(row, name) for name in StoredGrade.model_fields if name != "source"}
    return StoredGrade.model_validate({**columns, "source": source})
