"""The progress of a job, stored as fast as the database takes it and no faster."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from service.errors import StorageUnavailable

__all__ = ["Progress", "ProgressLog"]

Progress = Callable[[int, int], None]
"""Takes how many answers there are, and how many of them are finished."""


class ProgressLog:
    """Stores the latest counts in the background; those that were passed meanwhile are left out.

    Without this, half of a batch's writes would be counts that nobody sees. A count that can't be
    stored is no reason to stop: the next one is tried, and the job's end has the last.
    """

    def __init__(self, store: Callable[[int, int], Awaitable[None]]) -> None:
        self._store = store
        self._is_stored = True
        self._storing: asyncio.Task[None] | None = None
        self.total = self.finished = 0

    def __call__(self, total: int, finished: int) -> None:
        self.total, self.finished, self._is_stored = total, finished, False
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_latest())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for a count that is on its way, so that it comes after no other change."""
        if self._storing is not None:
            if kind is not None:
                self._storing.cancel()
            await asyncio.gather(self._storing, return_exceptions=True)

    async def _store_latest(self) -> None:
        while not self._is_stored:
            self._is_stored = True
            try:
                await self._store(self.total, self.finished)
            except StorageUnavailable:
                return
