"""The durable runner, on DBOS: every run is in a database before it begins."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from dbos import DBOS, DBOSConfig, SetWorkflowID

from service.errors import ConfigurationError
from service.jobs.runner import Work
from service.jobs.storage_patience import wait_for_storage
from service.storage.private_files import make_private

__all__ = ["DurableRunner"]

_PAUSES_S = (5, 30, 120, 600)  # before each further attempt
_STATE = "jobs-1"  # runs of another release are taken up too, as long as this stays
_UNDER_WAY = {"PENDING", "ENQUEUED", "DELAYED"}  # all else is an end, a good one or not


class _Running:
    """The work that the workflows below do; DBOS knows functions, not objects."""

    work: Work
    run_ids: ClassVar[set[str]] = set()
    under_way: ClassVar[set[asyncio.Future[bool]]] = set()


class DurableRunner:
    """Stores its runs in the database of `url`; one of them can be started in a process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._config: DBOSConfig = {
            "name": "probewise",
            "system_database_url": url,
            "application_version": _STATE,
            "log_level": "ERROR",
        }

    async def start(self, work: Work) -> None:
        """See Runner.start; raises ConfigurationError if its database can't be used."""
        _Running.work = work
        try:
            make_private(self._url)
            DBOS(config=self._config)
            DBOS.launch()  # on this loop, where all work is done from now on
        except Exception as error:  # noqa: BLE001 - of whichever driver
            # The URL may hold a password, so neither it nor the cause is repeated.
            raise ConfigurationError(
                "PROBEWISE_JOBS_URL: runs of jobs can't be kept there. Write "
                "sqlite:///file.sqlite3 or a postgresql:// URL. If it is a damaged file, move it "
                f"away: it is made anew, and no job is lost ({type(error).__name__})"
            ) from None

    async def add(self, run_id: str, job_id: str) -> bool:
        """See Runner.add; whatever its database raises is raised."""
        if self.is_alive(run_id):
            return True
        known = await DBOS.get_workflow_status_async(run_id)
        if known is not None:  # else DBOS warns
            return known.status in _UNDER_WAY
        with SetWorkflowID(run_id):
            await DBOS.start_workflow_async(_run, job_id)
        return True

    def is_alive(self, run_id: str) -> bool:
        """See Runner.is_alive."""
        return run_id in _Running.run_ids

    async def aclose(self) -> None:
        """See Runner.aclose."""
        await asyncio.to_thread(DBOS.destroy)
        # DBOS made its own threads the loop's, and has stopped them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        # Only now, as DBOS would have recorded that a run was cancelled, and never taken it up.
        left = tuple(_Running.under_way)
        for work in left:
            work.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        _Running.run_ids.clear()


@DBOS.workflow(name="run")
async def _run(job_id: str) -> None:
    run_id = DBOS.workflow_id or job_id
    _Running.run_ids.add(run_id)
    try:
        for pause_s in _PAUSES_S:
            if await _attempt(job_id, pause_s):
                return
            await DBOS.sleep_async(pause_s)
        await _attempt(job_id, None)
    finally:
        _Running.run_ids.discard(run_id)


# DBOS gives up after some attempts, and then for good. So an attempt fails only if DBOS itself
# can't record it; see JobQueue for who notices.
@DBOS.step(name="attempt")
async def _attempt(job_id: str, retry_in_s: float | None) -> bool:
    """Do the work, which records its own outcome, however long its database is out of reach."""
    run_id = DBOS.workflow_id or job_id
    work = asyncio.ensure_future(
        wait_for_storage(lambda: _Running.work(run_id, job_id, retry_in_s))
    )
    _Running.under_way.add(work)
    work.add_done_callback(_Running.under_way.discard)
    return await work
