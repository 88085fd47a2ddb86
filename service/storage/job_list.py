"""Listing jobs, without the documents that make them large."""

from collections.abc import Iterable

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from service.records import Frozen
from service.storage.database import Database
from service.storage.identifiers import Identifier
from service.storage.jobs import Failure, JobKind, JobStatus, read_failure
from service.storage.tables import JobRow

__all__ = ["JobFilter", "JobList", "JobPlace", "ListedJob"]

_ENGAGEMENT = JobRow.request[("origin", "engagement_id")].as_string()


class JobPlace(Frozen):
    """The place of a job in the list, which begins with the newest."""

    id: Identifier
    created_at: AwareDatetime


class ListedJob(JobPlace):
    """A job as it is listed; a transcript's engagement is known, a batch may have many."""

    kind: JobKind
    status: JobStatus
    engagement_id: str | None
    updated_at: AwareDatetime
    total: int | None
    finished: int
    failure: Failure | None


class JobFilter(Frozen):
    """Says which jobs to list; what is None does not matter.

    A batch is of every engagement that one of its answers is of. `since` is the first instant of
    creation that counts, `until` the first that does not any more.
    """

    kind: JobKind | None = None
    status: JobStatus | None = None
    engagement_id: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class JobList:
    """The jobs of a database, the newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, limit: int, wanted: JobFilter, after: JobPlace | None = None
    ) -> list[ListedJob]:
        """List at most so many of the wanted jobs that come after a place."""
        columns = [
            getattr(JobRow, name) for name in ListedJob.model_fields if name != "engagement_id"
        ]
        newest_first = (JobRow.created_at.desc(), JobRow.id.desc())
        query = select(*columns, _ENGAGEMENT.label("engagement_id")).order_by(*newest_first)
        if after is not None:
            same_time = and_(JobRow.created_at == after.created_at, JobRow.id < after.id)
            query = query.where(or_(JobRow.created_at < after.created_at, same_time))
        async with self._database.work() as session:
            conditions = _conditions(wanted, session.get_bind().dialect.name)
            rows = await session.execute(query.where(*conditions).limit(limit))
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
    if wanted.since is not None:
        yield JobRow.created_at >= wanted.since
    if wanted.until is not None:
        yield JobRow.created_at < wanted.until


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
