"""Which engagements have grades."""

from pydantic import AwareDatetime
from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.records import Frozen
from service.storage.identifiers import Identifier
from service.storage.tables import GradeRow

__all__ = ["EngagementRecord", "Place", "find_engagements"]


class Place(Frozen):
    """Where an engagement stands in the list, which the one graded last heads."""

    id: Identifier
    updated_at: AwareDatetime


class EngagementRecord(Place):
    """An engagement that has grades: how many, of how many questions, from when to when."""

    grades: int
    questions: int
    started_at: AwareDatetime


async def find_engagements(
    session: AsyncSession, limit: int, after: Place | None
) -> list[EngagementRecord]:
    """At most so many engagements from behind that place on, the one graded last first.

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
    rows = await session.execute(query)
    return [EngagementRecord.model_validate(dict(row)) for row in rows.mappings()]
