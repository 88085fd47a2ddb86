"""The seam to whatever runs jobs."""

from collections.abc import Awaitable, Callable
from typing import Protocol

__all__ = ["Runner", "Work"]

Work = Callable[[str, bool], Awaitable[bool]]
"""Does a job by its id, in whole or what is left of it; false asks to be called again later.

The flag says that it won't be. What was done before a crash may be asked for again.
"""


class Runner(Protocol):
    """Runs jobs by their ids, each until its work is done."""

    async def start(self, work: Work) -> None:
        """Begin, with the runs that an earlier process left unfinished."""
        ...

    async def add(self, run_id: str, job_id: str) -> None:
        """Have the job done; a run id that was added before changes nothing."""
        ...

    async def aclose(self) -> None:
        """Stop; what is under way is left to the next start."""
        ...
