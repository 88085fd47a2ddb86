"""The queue of jobs: each is taken once, and carried through restarts until it is over."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial

from pydantic import JsonValue

from service.errors import ModelUnavailable, ProbewiseError, Reason, SourceReused, UnexpectedError
from service.jobs.runner import Runner
from service.records import Frozen
from service.storage.jobs import CallPart, Failure, JobKind, JobRepository, JobStatus, StoredJob

__all__ = ["JobQueue", "Outcome", "Progress", "Worker", "digest_content", "new_job"]

Progress = Callable[[int, int], Awaitable[None]]
"""Takes how many answers there are, and how many of them are finished."""


class Outcome(Frozen):
    """The result of a job, and the reasons why some of it stayed ungraded."""

    result: Frozen
    ungraded: frozenset[Reason]


Worker = Callable[[StoredJob, Progress], Awaitable[Outcome]]


class JobQueue:
    """Takes each job once, however often it is sent, and sees it through restarts.

    `workers` do the jobs of each kind, at most `at_once` at a time.
    """

    def __init__(
        self,
        jobs: JobRepository,
        runner: Runner,
        workers: Mapping[JobKind, Worker],
        *,
        at_once: int,
    ) -> None:
        self._jobs = jobs
        self._runner = runner
        self._workers = workers
        self._places = asyncio.Semaphore(at_once)

    async def start(self) -> None:
        """Go on with the jobs that an earlier process left, from their last step."""
        await self._runner.start(self._work)
        for job in await self._jobs.find_unfinished():
            await self._runner.add(job.run_id, job.id)

    async def submit(self, job: StoredJob, part: CallPart | None = None) -> StoredJob:
        """Store the job and have it done; return the earlier job if there is one of its key.

        An earlier one that failed, or left something ungraded, is run again. Raises SourceReused
        if the earlier one is of other content.
        """
        stored = await self._jobs.add(job, part)
        if stored.digest != job.digest:
            raise SourceReused("this event was delivered before, with other content")
        if stored.is_over and not stored.is_whole:
            stored = await self._jobs.run_again(stored)
        if not stored.is_over:
            await self._runner.add(stored.run_id, stored.id)
        return stored

    async def find(self, job_id: str) -> StoredJob:
        """Find the job of this id; UnknownJob if none is stored."""
        return await self._jobs.find(job_id)

    async def _work(self, job_id: str, is_last: bool) -> bool:
        """Do a job; see Work in runner.py."""
        job = await self._jobs.find(job_id)
        if job.is_over:
            return True
        async with self._places:
            await self._jobs.update(job_id, status=JobStatus.RUNNING, finished=0)
            progress = partial(self._jobs.record_progress, job_id)
            try:
                outcome = await self._workers[job.kind](job, progress)
            except ModelUnavailable as error:
                return await (self._fail(job_id, error) if is_last else self._wait(job_id))
            except ProbewiseError as error:
                return await self._fail(job_id, error)
            except Exception as error:  # noqa: BLE001 - a job that can't be done must say so
                return await self._fail(job_id, UnexpectedError(error))
            return await self._finish(job_id, outcome, is_last=is_last)

    async def _finish(self, job_id: str, outcome: Outcome, *, is_last: bool) -> bool:
        result = outcome.result.model_dump(mode="json", exclude_computed_fields=True)
        if Reason.MODEL_UNAVAILABLE in outcome.ungraded and not is_last:
            return await self._wait(job_id, result=result)
        is_whole = not outcome.ungraded
        await self._jobs.update(job_id, status=JobStatus.DONE, is_whole=is_whole, result=result)
        return True

    async def _wait(self, job_id: str, **changes: object) -> bool:
        await self._jobs.update(job_id, status=JobStatus.QUEUED, **changes)
        return False

    async def _fail(self, job_id: str, error: ProbewiseError) -> bool:
        failure = Failure.of(error).model_dump(mode="json")
        failed = {"status": JobStatus.FAILED, "is_whole": False, "failure": failure}
        await self._jobs.update(job_id, **failed)
        return True


def new_job(
    kind: JobKind, request: dict[str, JsonValue], *, key: Iterable[str], content: bytes
) -> StoredJob:
    """Make a job that is not stored yet; the texts of `key` say what it is asked for."""
    now = datetime.now(UTC)
    named = "\n".join((kind, *(f"{len(text)} {text}" for text in key)))
    return StoredJob(
        id=f"job_{secrets.token_hex(12)}",
        kind=kind,
        key=digest_content(named.encode()),
        digest=digest_content(content),
        created_at=now,
        updated_at=now,
        request=request,
    )


def digest_content(content: bytes) -> str:
    """Tell one content from another: its SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
