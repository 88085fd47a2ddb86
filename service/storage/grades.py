"""Saving and finding grades."""

from pydantic import AwareDatetime, JsonValue
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker

from service.errors import UnknownGrade
from service.records import Frozen
from service.storage.database import is_missing, open_engine
from service.storage.engagements import EngagementRecord, Place, find_engagements
from service.storage.identifiers import Identifier, is_identifier
from service.storage.tables import GradeRow

__all__ = ["Grades", "Identifier", "Source", "StoredGrade"]


class Source(Frozen):
    """Which tool sent the answer: the same event is graded once, however often it is sent."""

    tool: Identifier
    call_id: Identifier
    event_id: Identifier


class StoredGrade(Frozen):
    """One grade as it is kept: `grade` is the JSON document that was returned."""

    id: str
    question_id: str
    answer: str
    follows: str | None = None
    engagement_id: str | None = None
    source: Source | None = None
    created_at: AwareDatetime
    grade: dict[str, JsonValue]


class Grades:
    """The grades of one database, safe to use from many tasks and processes at once."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._sessions = async_sessionmaker(self._engine)

    async def save(self, record: StoredGrade) -> StoredGrade:
        """Keep the grade and return what is kept: the earlier one where its source has one."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(GradeRow).values(_columns(record)))
        except IntegrityError:
            earlier = await self.find_by_source(record.source) if record.source else None
            if earlier is None:
                raise
            return earlier
        return record

    async def find(self, grade_id: str) -> StoredGrade:
        """The grade of this id; UnknownGrade where none is kept."""
        async with self._sessions() as session:
            row = await session.get(GradeRow, grade_id)
        if row is None:
            raise UnknownGrade(grade_id)
        return _record(row)

    async def find_by_source(self, source: Source) -> StoredGrade | None:
        """The grade of this source event, if it was graded."""
        query = select(GradeRow).filter_by(
            source_tool=source.tool,
            source_call_id=source.call_id,
            source_event_id=source.event_id,
        )
        async with self._sessions() as session:
            row = await session.scalar(query)
        return _record(row) if row else None

    async def find_by_engagement(self, engagement_id: str) -> list[StoredGrade]:
        """The grades of this engagement, oldest first, those of one time by id."""
        if not is_identifier(engagement_id):  # a database may refuse to look for it
            return []
        query = select(GradeRow).filter_by(engagement_id=engagement_id)
        async with self._sessions() as session:
            rows = await session.scalars(query.order_by(GradeRow.created_at, GradeRow.id))
            return [_record(row) for row in rows]

    async def list_engagements(
        self, limit: int, after: Place | None = None
    ) -> list[EngagementRecord]:
        """At most so many engagements, the one graded last first, from behind `after` on."""
        async with self._sessions() as session:
            return await find_engagements(session, limit, after)

    async def is_ready(self) -> bool:
        """Whether the database answers and has its tables; makes no file where there is none."""
        if is_missing(self._engine.url):
            return False
        try:
            async with self._sessions() as session:
                await session.execute(select(GradeRow.id).limit(1))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def aclose(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()


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
    return StoredGrade(
        id=row.id,
        question_id=row.question_id,
        answer=row.answer,
        follows=row.follows,
        engagement_id=row.engagement_id,
        source=source,
        created_at=row.created_at,
        grade=row.grade,
    )
