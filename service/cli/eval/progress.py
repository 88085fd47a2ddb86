"""A progress bar for runs: done, failed, rate, time left, cost so far."""

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from service.cli.console import errors
from service.evaluation.runs.run import Line

__all__ = ["GradingProgress"]


class GradingProgress:
    """Shows how far a run is, on standard error."""

    def __init__(self, planned: int, finished: int) -> None:
        self._failed = 0
        self._cost_usd: float | None = 0.0
        self._progress = Progress(
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]} failed"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[cost]}"),
            console=errors,
        )
        self._bar = self._progress.add_task(
            "grading", total=planned, completed=finished, failed=0, rate="", cost=""
        )

    def add(self, line: Line) -> None:
        """One more line."""
        self._failed += line.ungraded is not None
        if line.given is not None:
            cost = line.given.judge.cost_usd
            known = self._cost_usd is not None and cost is not None
            self._cost_usd = (self._cost_usd or 0.0) + (cost or 0.0) if known else None
        speed = self._progress.tasks[0].speed
        self._progress.update(
            self._bar,
            advance=1,
            failed=self._failed,
            rate=f"{speed:.1f}/s" if speed else "",
            cost="cost unknown" if self._cost_usd is None else f"${self._cost_usd:.4f}",
        )

    def stop(self) -> None:
        self._progress.stop()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
