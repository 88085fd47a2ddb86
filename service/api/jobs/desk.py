"""The desk where jobs are taken in, and handed to whoever does them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from service.api.handlers import problem_of
from service.errors import ModelUnavailable, SourceReused
from service.jobs.runner import Runner
from service.judging.models import Reason
from service.records import Frozen
from service.storage.jobs import CallPart, JobKind, Jobs, JobStatus, StoredJob

__all__ = ["Desk", "Outcome", "Progress", "Worker"]

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many answers there are, and how many of them are finished."""


class Outcome(Frozen):
    """What came of a job, and why some of it stayed ungraded."""

    result: Frozen
    ungraded: frozenset[Reason]


Worker = Callable[[StoredJob, Progress], Awaitable[Outcome]]


class Desk:
    """Takes each job once, however often it is sent, and sees it through restarts."""

    def __init__(
        self, jobs: Jobs, runner: Runner, workers: Mapping[JobKind, Worker], *, at_once: int
    ) -> None:
        self._jobs = jobs
        self._runner = runner
        self._workers = workers
        self._places = asyncio.Semaphore(at_once)

    async def start(self) -> None:
        """Take up what an earlier process left, from its last step on."""
        await self._runner.start(self._work)
        for job in await self._jobs.find_unfinished():
            await self._runner.add(job.run_id, job.id)

    async def take(self, job: StoredJob, part: CallPart | None = None) -> StoredJob:
        """The kept job: this one, or the earlier one of its key.

        An earlier one that failed, or left something ungraded, is run again. Raises SourceReused
        where the earlier one is of other content.
        """
        kept = await self._jobs.add(job, part)
        if kept.digest != job.digest:
            raise SourceReused("this event was delivered before, with other content")
        if kept.is_over and not kept.is_whole:
            kept = await self._jobs.run_again(kept)
        if not kept.is_over:
            await self._runner.add(kept.run_id, kept.id)
        return kept

    async def find(self, job_id: str) -> StoredJob:
        """The job of this id; UnknownJob where none is kept."""
        return await self._jobs.find(job_id)

    async def _work(self, job_id: str, is_last: bool) -> bool:
        job = await self._jobs.find(job_id)
        if job.is_over:
            return True
        async with self._places:
            await self._jobs.update(job_id, status=JobStatus.RUNNING, finished=0)
            try:
                outcome = await self._workers[job.kind](job, partial(self._jobs.advance, job_id))
            except ModelUnavailable as error:
                if is_last:
                    return await self._fail(job_id, error)
                return await self._wait(job_id)
            except Exception as error:  # noqa: BLE001 - a job that can't be done must say so
                return await self._fail(job_id, error)
            result = outcome.result.model_dump(mode="json")
            if Reason.MODEL_UNAVAILABLE in outcome.ungraded and not is_last:
                return await self._wait(job_id, result=result)
            is_whole = not outcome.ungraded
            await self._jobs.update(job_id, status=JobStatus.DONE, is_whole=is_whole, result=result)
        return True

    async def _wait(self, job_id: str, **changes: object) -> bool:
        await self._jobs.update(job_id, status=JobStatus.QUEUED, **changes)
        return False

    async def _fail(self, job_id: str, error: Exception) -> bool:
        problem = problem_of(error).model_dump(mode="json")
        failed = {"status": JobStatus.FAILED, "is_whole": False, "problem": problem}
        await self._jobs.update(job_id, **failed)
        return True
