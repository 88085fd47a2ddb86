"""Saving and finding jobs, and the parts of calls that came with them."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker

from service.errors import UnknownJob
from service.records import Frozen
from service.storage.database import open_engine
from service.storage.identifiers import Identifier
from service.storage.tables import CallPartRow, JobRow

__all__ = ["CallPart", "JobKind", "JobStatus", "Jobs", "StoredJob"]


class JobKind(StrEnum):
    """What a job grades."""

    TRANSCRIPT = "transcript"
    BATCH = "batch"


class JobStatus(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class StoredJob(Frozen):
    """A job as it is kept.

    `key` names what was asked for: whoever asks again gets the same job. `digest` is of its
    content. `request`, `result` and `problem` are JSON documents. A job is run again, as a new
    run, where it failed or left something ungraded.
    """

    id: str
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
    request: dict[str, JsonValue]
    result: dict[str, JsonValue] | None = None
    problem: dict[str, JsonValue] | None = None

    @property
    def run_id(self) -> str:
        return f"{self.id}-{self.runs}"

    @property
    def is_over(self) -> bool:
        return self.status in {JobStatus.DONE, JobStatus.FAILED}


class CallPart(Frozen):
    """One delivery of a call, as a JSON document."""

    tool: Identifier
    call_id: Identifier
    content: dict[str, JsonValue]


class Jobs:
    """The jobs of one database, safe to use from many tasks and processes at once."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._sessions = async_sessionmaker(self._engine)

    async def add(self, job: StoredJob, part: CallPart | None = None) -> StoredJob:
        """Keep the job with its part and return what is kept: the earlier one of the same key."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(JobRow).values(job.model_dump()))
                if part:
                    row = {"job_id": job.id, "received_at": job.created_at, **part.model_dump()}
                    await connection.execute(insert(CallPartRow).values(row))
        except IntegrityError:
            async with self._sessions() as session:
                kept = await session.scalar(select(JobRow).filter_by(key=job.key))
            if kept is None:
                raise
            return _record(kept)
        return job

    async def find(self, job_id: str) -> StoredJob:
        """The job of this id; UnknownJob where none is kept."""
        async with self._sessions() as session:
            row = await session.get(JobRow, job_id)
        if row is None:
            raise UnknownJob(job_id)
        return _record(row)

    async def find_unfinished(self) -> list[StoredJob]:
        """The jobs that are queued or running, oldest first."""
        over = (JobStatus.DONE, JobStatus.FAILED)
        query = select(JobRow).where(JobRow.status.not_in(over)).order_by(JobRow.created_at)
        async with self._sessions() as session:
            return [_record(row) for row in await session.scalars(query)]

    async def update(self, job_id: str, **changes: object) -> None:
        """Change fields of a job, and when it was last changed."""
        changes["updated_at"] = datetime.now(UTC)
        async with self._engine.begin() as connection:
            await connection.execute(update(JobRow).filter_by(id=job_id).values(changes))

    async def advance(self, job_id: str, total: int, finished: int) -> None:
        """Say how far a job is; news that were overtaken change nothing."""
        query = update(JobRow).where(JobRow.id == job_id, JobRow.finished <= finished)
        values = {"total": total, "finished": finished, "updated_at": datetime.now(UTC)}
        async with self._engine.begin() as connection:
            await connection.execute(query.values(values))

    async def run_again(self, job: StoredJob) -> StoredJob:
        """The job queued for one more run, unless someone else queued it meanwhile."""
        again = {"runs": job.runs + 1, "status": JobStatus.QUEUED, "problem": None, "finished": 0}
        async with self._engine.begin() as connection:
            query = update(JobRow).filter_by(id=job.id, runs=job.runs)
            await connection.execute(query.values(again))
        return await self.find(job.id)

    async def find_parts(self, tool: str, call_id: str) -> list[CallPart]:
        """Every part of a call that was delivered so far, in the order in which they came."""
        query = select(CallPartRow).filter_by(tool=tool, call_id=call_id)
        async with self._sessions() as session:
            rows = await session.scalars(
                query.order_by(CallPartRow.received_at, CallPartRow.job_id)
            )
            return [
                CallPart(tool=row.tool, call_id=row.call_id, content=row.content) for row in rows
            ]

    async def aclose(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()


def _record(row: JobRow) -> StoredJob:
    return StoredJob.model_validate({name: getattr(row, name) for name in StoredJob.model_fields})
