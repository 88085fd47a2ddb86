"""The seam to whatever runs jobs."""

from collections.abc import Awaitable, Callable
from typing import Protocol

__all__ = ["Runner", "Work"]

Work = Callable[[str, str, float | None], Awaitable[bool]]
"""Does a run of a job, by the ids of run and job; false asks to be called again later.

The third value says in how many seconds, or is None if it won't be. What was done before a crash
may be asked for again.
"""


class Runner(Protocol):
    """Does runs of jobs, each until its work is done."""

    async def start(self, work: Work) -> None:
        """Begin, with the runs that an earlier process left unfinished."""
        ...

    async def add(self, run_id: str, job_id: str) -> bool:
        """Have a run done; one that is under way is left alone.

        False if the run is over: if its job is not, the job needs another run.
        """
        ...

    def is_alive(self, run_id: str) -> bool:
        """Tell whether this process is at the run, or waits to go on with it."""
        ...

    async def aclose(self) -> None:
        """Stop; what is under way is left to the next start."""
        ...
