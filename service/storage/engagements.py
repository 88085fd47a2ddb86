"""Listing the engagements that have grades."""

from pydantic import AwareDatetime
from sqlalchemy import and_, func, or_, select

from service.records import Frozen
from service.storage.database import Database
from service.storage.identifiers import Identifier
from service.storage.tables import GradeRow

__all__ = ["EngagementRecord", "EngagementRepository", "PageCursor"]


class PageCursor(Frozen):
    """The place of an engagement in the list, which begins with the one graded last."""

    id: Identifier
    updated_at: AwareDatetime


class EngagementRecord(PageCursor):
    """An engagement that has grades: how many, of how many questions, from when to when."""

    grades: int
    questions: int
    started_at: AwareDatetime


class EngagementRepository:
    """The engagements of a database, as its grades name them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, limit: int, after: PageCursor | None = None
    ) -> list[EngagementRecord]:
        """List at most so many engagements that come after the cursor, the one graded last first.

        An engagement that is graded while someone pages moves to the front, and is not met again.
        """
        updated_at = func.max(GradeRow.created_at)
        query = (
            select(
                GradeRow.engagement_id.label("id"),
                updated_at.label("updated_at"),
                func.min(GradeRow.created_at).label("started_at"),
                func.count().label("grades"),
                func.count(GradeRow.question_id.distinct()).label("questions"),
            )
            .where(GradeRow.engagement_id.is_not(None))
            .group_by(GradeRow.engagement_id)
            .order_by(updated_at.desc(), GradeRow.engagement_id)
            .limit(limit)
        )
        if after is not None:
            same_time = and_(updated_at == after.updated_at, GradeRow.engagement_id > after.id)
            query = query.having(or_(updated_at < after.updated_at, same_time))
        async with self._database.work() as session:
            rows = await session.execute(query)
            return [EngagementRecord.model_validate(dict(row)) for row in rows.mappings()]
