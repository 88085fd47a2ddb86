"""The progress bar of a run: results, failures, rate, time left and cost so far."""

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
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.runs.run import Run

__all__ = ["GradingProgress"]


class GradingProgress:
    """A bar on standard error that follows a run (a RunWatcher); leaving the context stops it."""

    def __init__(self) -> None:
        self._is_shown = False
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

    def begin(self, planned: int, finished: int) -> None:
        """Show the bar."""
        self._progress.add_task(
            "grading", total=planned, completed=finished, failed=0, rate="", cost=""
        )
        self._progress.start()
        self._is_shown = True

    def add(self, result: CaseResult) -> None:
        """Count one more result, and its cost."""
        self._failed += result.ungraded is not None
        if result.given is not None:
            cost = result.given.judge.cost_usd
            known = self._cost_usd is not None and cost is not None
            self._cost_usd = (self._cost_usd or 0.0) + (cost or 0.0) if known else None
        (task,) = self._progress.tasks
        self._progress.update(
            task.id,
            advance=1,
            failed=self._failed,
            rate=f"{task.speed:.1f}/s" if task.speed else "",
            cost="cost unknown" if self._cost_usd is None else f"${self._cost_usd:.4f}",
        )

    def end(self, run: Run) -> None:
        """Stop the bar, so that the next output is below it."""
        self.stop()

    def stop(self) -> None:
        """Stop the bar, if it is shown; it leaves a blank line, so it is stopped only once."""
        if self._is_shown:
            self._progress.stop()
            self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
