"""Listing jobs, without the documents that make them large."""

from collections.abc import Iterable

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, exists, func, or_, select

from service.storage.database import Database
from service.storage.jobs import Failure, JobKind, JobStatus, read_failure
from service.storage.newest_first import Place, TimeFilter, list_time_conditions, select_page
from service.storage.tables import JobRow

__all__ = ["JobFilter", "JobList", "ListedJob"]

_ENGAGEMENT = JobRow.request[("origin", "engagement_id")].as_string()


class ListedJob(Place):
    """A job as it is listed; a transcript's engagement is known, a batch may have many."""

    kind: JobKind
    status: JobStatus
    engagement_id: str | None
    updated_at: AwareDatetime
    total: int | None
    finished: int
    failure: Failure | None


class JobFilter(TimeFilter):
    """Says which jobs to list; what is None does not matter.

    A batch is of every engagement that one of its answers is of.
    """

    kind: JobKind | None = None
    status: JobStatus | None = None
    engagement_id: str | None = None


class JobList:
    """The jobs of a database, the newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, limit: int, wanted: JobFilter, after: Place | None = None
    ) -> list[ListedJob]:
        """List at most so many of the wanted jobs that come after a place."""
        columns = [
            getattr(JobRow, name) for name in ListedJob.model_fields if name != "engagement_id"
        ]
        query = select(*columns, _ENGAGEMENT.label("engagement_id"))
        page = select_page(query, JobRow, limit, after)
        async with self._database.work() as session:
            conditions = _conditions(wanted, session.get_bind().dialect.name)
            rows = await session.execute(page.where(*conditions))
            return [
                ListedJob.model_validate({**row, "failure": read_failure(row["failure"])})
                for row in rows.mappings()
            ]


def _conditions(wanted: JobFilter, dialect: str) -> Iterable[ColumnElement[bool]]:
    if wanted.kind is not None:
        yield JobRow.kind == wanted.kind
    if wanted.status is not None:
        yield JobRow.status == wanted.status
    if wanted.engagement_id is not None:
        answers = _has_answer_of(wanted.engagement_id, dialect)
        yield or_(wanted.engagement_id == _ENGAGEMENT, answers)
    yield from list_time_conditions(JobRow, wanted)


def _has_answer_of(engagement_id: str, dialect: str) -> ColumnElement[bool]:
    """Look through the answers of a batch; each database has its own function for that."""
    if dialect == "sqlite":
        items = func.json_each(JobRow.request, "$.items").table_valued("value")
        found = func.json_extract(items.c.value, "$.submission.engagement_id")
    else:
        listed = func.json_extract_path(JobRow.request, "items")
        items = func.json_array_elements(listed).table_valued("value")
        found = func.json_extract_path_text(items.c.value, "submission", "engagement_id")
    return exists(select(1).select_from(items).where(found == engagement_id))
