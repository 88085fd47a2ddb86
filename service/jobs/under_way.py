"""The work on jobs that is under way here, so that it stops once its job is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["JobLeft", "UnderWay"]

Result = TypeVar("Result")

_LOOK_EVERY_S = 2.0


class JobLeft(Exception):
    """The job was cancelled while it was worked on; what the work has stored stays stored."""


class UnderWay:
    """Does the work of runs, and leaves that of a run once it is not wanted any more."""

    def __init__(self, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._under_way: dict[str, asyncio.Future[Any]] = {}
        self._left: set[str] = set()

    async def do(
        self, run_id: str, work: Awaitable[Result], is_wanted: Callable[[], Awaitable[bool]]
    ) -> Result:
        """Do the work of a run; raise JobLeft if it is left before it is done.

        `is_wanted` is asked now and then, for another process may have cancelled the job.
        """
        doing = asyncio.ensure_future(work)
        looking = asyncio.create_task(self._look(run_id, is_wanted))
        self._under_way[run_id] = doing
        try:
            return await doing
        except asyncio.CancelledError:
            if run_id not in self._left:  # the process stops, and the job goes on later
                raise
            raise JobLeft from None
        finally:
            looking.cancel()
            self._under_way.pop(run_id, None)
            self._left.discard(run_id)

    def leave(self, run_id: str) -> None:
        """Stop the work of a run, if it is under way here."""
        doing = self._under_way.get(run_id)
        if doing is not None:
            self._left.add(run_id)
            doing.cancel()

    async def _look(self, run_id: str, is_wanted: Callable[[], Awaitable[bool]]) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            with suppress(Exception):  # a database that can't be read now may be later
                if not await is_wanted():
                    self.leave(run_id)
                    return
