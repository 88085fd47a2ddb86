"""Saving and finding jobs, and the parts of calls that came with them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue, SkipValidation
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from service.errors import ProbewiseError, UnknownJob
from service.records import Frozen
from service.storage.database import Database
from service.storage.identifiers import Identifier
from service.storage.tables import CallPartRow, JobRow

__all__ = [
    "CallPart",
    "Failure",
    "JobKind",
    "JobRepository",
    "JobStatus",
    "StoredJob",
    "UnfinishedJob",
    "find_error",
    "read_failure",
]


class JobKind(StrEnum):
    """The kind of input a job grades."""

    TRANSCRIPT = "transcript"
    BATCH = "batch"


class JobStatus(StrEnum):
    """The state of a job: it ends as done, failed or cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OVER = (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class Failure(Frozen):
    """The reason why a job failed or waits, or why it refused an answer.

    `error` is the name of the error's class, `detail` what a caller may read of it, and `facts`
    are the values of its kind's fields. `retry_at` is when a job that waits is tried again.
    """

    error: str
    detail: str
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    retry_at: AwareDatetime | None = None

    @classmethod
    def of(cls, error: ProbewiseError, retry_at: datetime | None = None) -> "Failure":
        name = type(error).__name__
        return cls(error=name, detail=error.detail, facts=error.facts, retry_at=retry_at)


class JobRun(Frozen):
    """A job's latest run; each run has an id of its own."""

    id: str
    runs: Annotated[int, Field(ge=1)]

    @property
    def run_id(self) -> str:
        return f"{self.id}-{self.runs}"


class StoredJob(JobRun):
    """A job as it is stored.

    `key` names what was asked for: whoever asks again gets the same job. `digest` is of its
    content. `request` and `result` are JSON documents, whose shape `schema_version` tells. A job is
    run again, as a new run, if it failed, was cancelled or left something ungraded. `failure` is
    why it failed or, while it is queued, why it waits.
    """

    kind: JobKind
    key: str
    digest: str
    status: JobStatus = JobStatus.QUEUED
    runs: Annotated[int, Field(ge=1)] = 1
    is_whole: bool = True
    created_at: AwareDatetime
    updated_at: AwareDatetime
    total: int | None = None
    finished: int = 0
    schema_version: Literal[1, 2] = 2
    # Not looked through again: a batch's takes a tenth of a second, at each look at a job.
    request: SkipValidation[dict[str, JsonValue]]
    result: SkipValidation[dict[str, JsonValue] | None] = None
    failure: Failure | None = None

    @property
    def is_over(self) -> bool:
        return self.status in _OVER


class UnfinishedJob(JobRun):
    """A job that is not over, as far as is needed to look after it.

    `updated_at` is the time when someone was at it last.
    """

    updated_at: AwareDatetime


class CallPart(Frozen):
    """One delivery of a call, as a JSON document."""

    tool: Identifier
    call_id: Identifier
    schema_version: Literal[1] = 1
    content: dict[str, JsonValue]


class JobRepository:
    """The jobs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job: StoredJob, part: CallPart | None = None) -> StoredJob:
        """Store the job with its part and return what is stored: the earlier one of the same key.

        Nothing is stored then, the part included.
        """
        try:
            async with self._database.change() as session:
                await session.execute(insert(JobRow).values(job.model_dump()))
                if part:
                    row = {"job_id": job.id, "received_at": job.created_at, **part.model_dump()}
                    await session.execute(insert(CallPartRow).values(row))
        except IntegrityError:
            async with self._database.work() as session:
                stored = await session.scalar(select(JobRow).filter_by(key=job.key))
            if stored is None:
                raise
            return _record(stored)
        return job

    async def find(self, job_id: str) -> StoredJob:
        """Find the job of this id; UnknownJob if none is stored."""
        async with self._database.work() as session:
            row = await session.get(JobRow, job_id)
        if row is None:
            raise UnknownJob(job_id)
        return _record(row)

    async def find_unfinished(self) -> list[UnfinishedJob]:
        """List the jobs that are queued or running, oldest first, without their documents."""
        query = select(JobRow.id, JobRow.runs, JobRow.updated_at).where(JobRow.status.not_in(_OVER))
        async with self._database.work() as session:
            rows = await session.execute(query.order_by(JobRow.created_at))
            return [UnfinishedJob.model_validate(dict(row)) for row in rows.mappings()]

    async def update(self, job: StoredJob, **changes: object) -> None:
        """Change fields of a job, and the time of its last change.

        Nothing changes if it is over meanwhile, or has another run.
        """
        changes["updated_at"] = datetime.now(UTC)
        query = update(JobRow).filter_by(id=job.id, runs=job.runs)
        async with self._database.change() as session:
            await session.execute(query.where(JobRow.status.not_in(_OVER)).values(changes))

    async def touch(self, job_ids: Sequence[str], *, before: AwareDatetime) -> None:
        """Say that someone is at these jobs, of which nobody said so since `before`."""
        if not job_ids:
            return
        query = update(JobRow).where(JobRow.id.in_(job_ids), JobRow.updated_at < before)
        async with self._database.change() as session:
            await session.execute(query.values(updated_at=datetime.now(UTC)))

    async def is_wanted(self, job: StoredJob) -> bool:
        """Tell whether this run of a job still is the one to be done, and is not over."""
        query = select(JobRow.id).filter_by(id=job.id, runs=job.runs)
        async with self._database.work() as session:
            return await session.scalar(query.where(JobRow.status.not_in(_OVER))) is not None

    async def cancel(self, job_id: str) -> StoredJob:
        """End a job that is not over as cancelled, and return it; one that is over stays as it is.

        Raises UnknownJob if it is not stored.
        """
        ended = {"status": JobStatus.CANCELLED, "is_whole": False, "failure": None}
        query = update(JobRow).where(JobRow.id == job_id, JobRow.status.not_in(_OVER))
        async with self._database.change() as session:
            await session.execute(query.values(updated_at=datetime.now(UTC), **ended))
        return await self.find(job_id)

    async def record_progress(self, job_id: str, total: int, finished: int) -> None:
        """Record progress; a count lower than the stored one is ignored."""
        query = update(JobRow).where(JobRow.id == job_id, JobRow.finished <= finished)
        values = {"total": total, "finished": finished, "updated_at": datetime.now(UTC)}
        async with self._database.change() as session:
            await session.execute(query.values(values))

    async def run_again(self, job: StoredJob) -> StoredJob:
        """Queue the job for one more run, unless it ended or someone else queued it meanwhile."""
        again = {
            "runs": job.runs + 1,
            "status": JobStatus.QUEUED,
            "failure": None,
            "finished": 0,
            "updated_at": datetime.now(UTC),
        }
        is_over = JobRow.status.in_(_OVER)
        query = update(JobRow).filter_by(id=job.id, runs=job.runs)
        async with self._database.change() as session:
            await session.execute(query.where(is_over if job.is_over else ~is_over).values(again))
        return await self.find(job.id)

    async def find_parts(self, tool: str, call_id: str) -> list[CallPart]:
        """List every part of a call that was delivered so far, in the order of their arrival."""
        query = select(CallPartRow).filter_by(tool=tool, call_id=call_id)
        async with self._database.work() as session:
            rows = await session.scalars(
                query.order_by(CallPartRow.received_at, CallPartRow.job_id)
            )
            return [CallPart.model_validate(_values(row, CallPart.model_fields)) for row in rows]


def find_error(name: str) -> type[ProbewiseError] | None:
    """Find the error that a failure names; None if there is none of this name any more."""
    return next((error for error in _all_errors() if error.__name__ == name), None)


def _record(row: JobRow) -> StoredJob:
    values = _values(row, StoredJob.model_fields)
    return StoredJob.model_validate(_upgrade(values) if row.schema_version == 1 else values)


def _values(row: object, names: Iterable[str]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


def _upgrade(values: dict[str, object]) -> dict[str, object]:
    """Turn the HTTP problems that release 0.1.0 stored in a job back into failures.

    The request keeps its version; a result that was written since has no problem left in it.
    """
    result = values["result"]
    answers = result.get("results") if isinstance(result, dict) else None
    if isinstance(result, dict) and isinstance(answers, list):
        upgraded = [
            answer | {"refused": read_failure(answer["refused"])}
            if isinstance(answer, dict) and "refused" in answer
            else answer
            for answer in answers
        ]
        values["result"] = {**result, "results": upgraded}
    return values | {"failure": read_failure(values["failure"])}


def read_failure(document: object) -> object:
    """Turn a stored problem into the failure it was made of; leave anything else as it is."""
    if not isinstance(document, dict) or "type" not in document:
        return document
    own = {"type", "title", "status", "detail"}
    facts = {name: part for name, part in document.items() if name not in own}
    alike = [error for error in _all_errors() if error.kind.type == document["type"]]
    # The errors of a judge share one type; their reason tells them apart.
    exact = [error for error in alike if getattr(error, "reason", None) == facts.get("reason")]
    error = next(iter(exact or alike), ProbewiseError)
    return {"error": error.__name__, "detail": document["detail"], "facts": facts}


def _all_errors(error: type[ProbewiseError] = ProbewiseError) -> list[type[ProbewiseError]]:
    return [error, *(every for sub in error.__subclasses__() for every in _all_errors(sub))]
