"""A figure: one number of a run, with all that gates, tables and reports show of it.

Gates know a figure by its name, tables and reports show its label and text, and a failed gate names
the results that the figure blames. All of them ask `Metrics.list_figures`, so a new figure is one
entry in the `list_figures` of the metric it belongs to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.metrics.statistics import Estimate
from service.judging.models import Verdict

__all__ = [
    "Blame",
    "Concern",
    "Figure",
    "blame_changed",
    "blame_grades",
    "blame_ungraded",
    "blame_wrong",
    "format_change",
    "format_estimate",
    "format_number",
    "make_figure",
    "map_unchanged_verdicts",
]

Blame: TypeAlias = Callable[[Sequence[CaseResult]], Iterator[CaseResult]]
"""Finds the results that move a figure the wrong way."""


class Concern(StrEnum):
    """The part of a run that a figure is about: graded cases, ungraded ones, changed answers."""

    GRADED = "graded"
    UNGRADED = "ungraded"
    CHANGED = "changed"


@dataclass(frozen=True)
class Figure:
    """One measured number.

    `value` is None if it was not measured. `interval` is the 95 % interval with the number of
    observations, if there is one. `text` is the value as tables show it. `blame` is a reason, in
    words, for a figure that blames no result. `is_headline` is true for the figures that a reader
    wants first.
    """

    name: str
    label: str
    value: float | None
    interval: Estimate | None
    text: str
    blame: Blame | str
    concern: Concern = Concern.GRADED
    is_headline: bool = False

    def find_blamed(self, results: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
        """Return the results of a run that move this figure the wrong way."""
        return () if isinstance(self.blame, str) else tuple(self.blame(results))


def make_figure(
    name: str,
    label: str,
    measured: Estimate | float | None,
    *,
    blame: Blame | str,
    concern: Concern = Concern.GRADED,
    is_headline: bool = False,
    text: str | None = None,
) -> Figure:
    """Make a figure of an estimate, or of a number without an interval.

    The text is the number with three decimals, and a dash if nothing was measured; `text` replaces
    it.
    """
    interval = measured if isinstance(measured, Estimate) else None
    number = measured.value if isinstance(measured, Estimate) else measured
    shown = format_estimate(interval) if interval else format_number(number)
    return Figure(
        name=name,
        label=label,
        value=number,
        interval=interval,
        text=shown if text is None else text,
        blame=blame,
        concern=concern,
        is_headline=is_headline,
    )


def blame_grades(is_blamed: Callable[[Case, GivenGrade], bool]) -> Blame:
    """Blame the cases themselves whose grade meets this condition."""

    def find(results: Sequence[CaseResult]) -> Iterator[CaseResult]:
        for result in results:
            if result.change is None and result.given and is_blamed(result.case, result.given):
                yield result

    return find


blame_wrong = blame_grades(lambda case, given: given.verdict is not case.verdict)


def blame_ungraded(results: Sequence[CaseResult]) -> Iterator[CaseResult]:
    """Blame the cases themselves that have no grade."""
    yield from (result for result in results if result.change is None and result.given is None)


def blame_changed(
    is_blamed: Callable[[CaseResult, Mapping[str, Verdict]], bool | None],
) -> Blame:
    """Blame the changed answers whose result meets this condition.

    The condition also gets the verdicts of the cases themselves, by case id.
    """

    def find(results: Sequence[CaseResult]) -> Iterator[CaseResult]:
        before = map_unchanged_verdicts(results)
        yield from (result for result in results if result.change and is_blamed(result, before))

    return find


def map_unchanged_verdicts(results: Sequence[CaseResult]) -> dict[str, Verdict]:
    """Map each case id to the verdict that the case itself was given, by its first repeat."""
    return {
        result.case.id: result.given.verdict
        for result in results
        if result.given and result.change is None and result.repeat == 0
    }


def format_estimate(estimate: Estimate | None) -> str:
    """Write `0.787 (0.715–0.845)`, or a dash if nothing was measured."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def format_change(change: Estimate) -> str:
    """Write `+0.012 (-0.010 to +0.034)`."""
    return f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"


def format_number(value: float | None) -> str:
    """Write `0.787`, or a dash if nothing was measured."""
    return "-" if value is None else f"{value:.3f}"
