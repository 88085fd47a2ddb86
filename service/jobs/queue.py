"""The queue of jobs: each is taken once, and carried through restarts until it is over."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from pydantic import JsonValue

from service.errors import (
    ModelUnavailable,
    ProbewiseError,
    SourceReused,
    StorageUnavailable,
    UnexpectedError,
    UnknownJob,
)
from service.jobs.job_watch import JobWatch
from service.jobs.progress import Progress, ProgressLog
from service.jobs.runner import Runner
from service.jobs.storage_patience import wait_for_storage
from service.jobs.under_way import JobLeft, UnderWay
from service.reasons import Reason
from service.records import Frozen
from service.storage.jobs import CallPart, Failure, JobKind, JobRepository, JobStatus, StoredJob

__all__ = ["JobQueue", "Outcome", "Worker", "digest_content", "new_job"]


class Outcome(Frozen):
    """The result of a job, and the reasons why some of it stayed ungraded.

    `has_unexpected`: something of it failed that should not.
    """

    result: Frozen
    ungraded: frozenset[Reason]
    has_unexpected: bool = False

    @property
    def is_whole(self) -> bool:
        """True if there is nothing that another run may do better."""
        return not self.ungraded and not self.has_unexpected


Worker = Callable[[StoredJob, Progress], Awaitable[Outcome]]


class JobQueue:
    """Takes each job once, however often it is sent, and sees it through restarts.

    `workers` do the jobs of each kind, at most `at_once` at a time. A job that is stored ends, or
    goes on: whatever becomes of its run, it is noticed here, and the job gets another one.
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
        self._watch = JobWatch(jobs, runner)
        self._under_way = UnderWay()

    async def start(self) -> None:
        """Go on with the jobs that an earlier process left, from their last step."""
        await self._runner.start(self._work)
        await self._watch.start()

    async def aclose(self) -> None:
        """Stop looking after the jobs; the runner is closed by itself."""
        await self._watch.aclose()

    async def submit(self, job: StoredJob, part: CallPart | None = None) -> StoredJob:
        """Store the job and have it done; return the earlier job if there is one of its key.

        An earlier one that failed, was cancelled or left something ungraded is run again; one that
        is not over is looked after. Raises SourceReused if the earlier one is of other content.
        """
        stored = await self._jobs.add(job, part)
        if stored.digest != job.digest:
            raise SourceReused("this event was delivered before, with other content")
        if stored.is_over and not stored.is_whole:
            stored = await self._jobs.run_again(stored)
        if not stored.is_over:
            await self._watch.look_after(stored)
        return stored

    async def find(self, job_id: str) -> StoredJob:
        """Find the job of this id; UnknownJob if none is stored."""
        return await self._jobs.find(job_id)

    async def cancel(self, job_id: str) -> StoredJob:
        """End a job as cancelled, and stop its work; one that is over stays as it is.

        The grades that it has stored stay. Submitted again, it is run again, and finds them.
        Raises UnknownJob if none is stored.
        """
        job = await self._jobs.cancel(job_id)
        if job.status is JobStatus.CANCELLED:
            self._under_way.leave(job.run_id)
        return job

    async def _work(self, run_id: str, job_id: str, retry_in_s: float | None) -> bool:
        """Do a run of a job; see Work in runner.py."""
        try:
            job = await self._jobs.find(job_id)
        except UnknownJob:  # of a database that was put aside
            return True
        if job.is_over or job.run_id != run_id:  # another run does it
            return True
        is_wanted = partial(self._jobs.is_wanted, job)
        async with self._places:
            if not await is_wanted():  # cancelled while it waited for its place
                return True
            await self._jobs.update(job, status=JobStatus.RUNNING, finished=0, failure=None)
            async with ProgressLog(partial(self._jobs.record_progress, job_id)) as progress:
                try:
                    work = self._workers[job.kind](job, progress)
                    outcome = await self._under_way.do(run_id, work, is_wanted)
                except JobLeft:
                    return True
                except StorageUnavailable:
                    raise
                except ModelUnavailable as error:
                    if retry_in_s is None:
                        return await self._fail(job, error)
                    return await self._wait(job, error, retry_in_s)
                except ProbewiseError as error:
                    return await self._fail(job, error)
                except Exception as error:  # noqa: BLE001 - a job that can't be done must say so
                    return await self._fail(job, UnexpectedError(error))
            counts = {"total": progress.total, "finished": progress.finished}
            return await self._finish(job, outcome, counts, retry_in_s)

    async def _finish(
        self, job: StoredJob, outcome: Outcome, counts: dict[str, int], retry_in_s: float | None
    ) -> bool:
        result = outcome.result.model_dump(mode="json", exclude_computed_fields=True)
        if Reason.MODEL_UNAVAILABLE in outcome.ungraded and retry_in_s is not None:
            error = ModelUnavailable("no model graded some of the answers")
            return await self._wait(job, error, retry_in_s, result=result, **counts)
        is_whole = outcome.is_whole
        await self._record(job, status=JobStatus.DONE, is_whole=is_whole, result=result, **counts)
        return True

    async def _wait(
        self, job: StoredJob, error: ModelUnavailable, retry_in_s: float, **changes: object
    ) -> bool:
        retry_at = datetime.now(UTC) + timedelta(seconds=retry_in_s)
        failure = Failure.of(error, retry_at).model_dump(mode="json")
        await self._record(job, status=JobStatus.QUEUED, failure=failure, **changes)
        return False

    async def _fail(self, job: StoredJob, error: ProbewiseError) -> bool:
        failure = Failure.of(error).model_dump(mode="json")
        await self._record(job, status=JobStatus.FAILED, is_whole=False, failure=failure)
        return True

    async def _record(self, job: StoredJob, **changes: object) -> None:
        """Store what came of the work, however long it takes: doing it again would cost."""
        await wait_for_storage(partial(self._jobs.update, job, **changes))


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
