"""Notices jobs that nobody is at, and has each of them run again."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from service.errors import StorageUnavailable
from service.jobs.runner import Runner
from service.storage.jobs import JobRepository, StoredJob, UnfinishedJob

__all__ = ["JobWatch"]

_EVERY_S = 10.0
# A process says of each of its jobs that it is at it, three times in this time. A job of which
# nobody said so has lost its run, or its process, and anybody may take it up.
_LEASE_S = 90.0
_HAND_OVER_S = 5.0  # a caller waits no longer for the runner; the job is stored already
_log = logging.getLogger(__name__)


class JobWatch:
    """Looks after all jobs that are not over, of this process and of others.

    The runner may lose a run: if its own database fails in the wrong moment, DBOS ends the run for
    good, or forgets that it has it. So the table of jobs has the last word, and nothing else.
    """

    def __init__(self, jobs: JobRepository, runner: Runner) -> None:
        self._jobs = jobs
        self._runner = runner
        self._watching: asyncio.Task[None] | None = None
        self._left: set[str] = set()  # ids of jobs that the runner could not take yet

    async def start(self) -> None:
        """Take up what an earlier process left, and look after it from now on."""
        for job in await self._jobs.find_unfinished():
            await self.look_after(job)
        self._watching = asyncio.create_task(self._watch())

    async def aclose(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def look_after(self, job: StoredJob | UnfinishedJob) -> None:
        """See to it that a run of the job is under way, or will be: a stored job is never lost."""
        if self._left and job.id not in self._left:
            self._left.add(job.id)  # the runner is in trouble, so nobody else waits for it
        else:
            await self._hand_over(job)

    async def look(self) -> None:
        """Look once after every job that is not over."""
        unfinished = await self._jobs.find_unfinished()
        now = datetime.now(UTC)
        ours = [job.id for job in unfinished if self._runner.is_alive(job.run_id)]
        await self._jobs.touch(ours, before=now - timedelta(seconds=_LEASE_S / 3))
        lost_before = now - timedelta(seconds=_LEASE_S)
        self._left.intersection_update(job.id for job in unfinished)
        is_taking = True
        for job in unfinished:
            if job.id in self._left:
                is_taking = is_taking and await self._hand_over(job)
            elif job.id not in ours and job.updated_at < lost_before:
                _log.warning("%s has lost its run; it is run again", job.id)
                await self._run_again(job.id, job.run_id)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.look()
            except StorageUnavailable as error:
                _log.warning("jobs can't be looked after: %s", error.trouble)
            except Exception as error:  # noqa: BLE001 - it must go on watching
                _log.error("jobs can't be looked after (%s)", type(error).__name__)

    async def _hand_over(self, job: StoredJob | UnfinishedJob) -> bool:
        """Give the job to the runner; false, and it is tried again later, if that can't take it."""
        try:
            async with asyncio.timeout(_HAND_OVER_S):
                await self._ensure_run(job)
        except Exception as error:  # noqa: BLE001 - of the database of whichever runner
            self._left.add(job.id)
            _log.warning("%s waits for its runner (%s)", job.id, type(error).__name__)
            return False
        self._left.discard(job.id)
        return True

    async def _ensure_run(self, job: StoredJob | UnfinishedJob) -> None:
        if not await self._runner.add(job.run_id, job.id):
            await self._run_again(job.id, job.run_id)

    async def _run_again(self, job_id: str, run_id: str) -> None:
        """Start a new run of the job, unless it is over or has one by now."""
        job = await self._jobs.find(job_id)
        if job.is_over or job.run_id != run_id:
            return
        again = await self._jobs.run_again(job)
        if not again.is_over:
            await self.look_after(again)
