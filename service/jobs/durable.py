"""The durable runner, on DBOS: every run is in a database before it begins."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from dbos import DBOS, DBOSConfig, SetWorkflowID

from service.errors import ConfigurationError
from service.jobs.runner import Work
from service.storage.private_files import make_private

__all__ = ["DurableRunner"]

_PAUSES_S = (5, 30, 120, 600)  # before each further attempt
_STATE = "jobs-1"  # runs of another release are taken up too, as long as this stays


class _Running:
    """The work that the workflows below do; DBOS knows functions, not objects."""

    work: Work
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
                "PROBEWISE_JOBS_URL: runs of jobs can't be kept there; write "
                f"sqlite:///file.sqlite3 or a postgresql:// URL ({type(error).__name__})"
            ) from None

    async def add(self, run_id: str, job_id: str) -> None:
        """See Runner.add."""
        if await DBOS.get_workflow_status_async(run_id) is None:  # else DBOS warns
            with SetWorkflowID(run_id):
                await DBOS.start_workflow_async(_run, job_id)

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


@DBOS.workflow(name="run")
async def _run(job_id: str) -> None:
    for pause_s in _PAUSES_S:
        if await _attempt(job_id, False):
            return
        await DBOS.sleep_async(pause_s)
    await _attempt(job_id, True)


@DBOS.step(name="attempt", retries_allowed=True, max_attempts=5)
async def _attempt(job_id: str, is_last: bool) -> bool:
    """Do the work, which records its own outcome; what it raises is a database out of reach."""
    work = asyncio.ensure_future(_Running.work(job_id, is_last))
    _Running.under_way.add(work)
    work.add_done_callback(_Running.under_way.discard)
    return await work
