"""All figures of a run, with their 95 % intervals; an ungraded case is neither right nor wrong."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.cases.golden import split_question_id
from service.evaluation.metrics.calibration import (
    CalibrationFigures,
    list_calibration_figures,
    measure_calibration,
)
from service.evaluation.metrics.cost import CostFigures, measure_cost
from service.evaluation.metrics.figure import (
    Concern,
    Figure,
    blame_grades,
    blame_ungraded,
    make_figure,
)
from service.evaluation.metrics.review_figures import ReviewFigures, measure_review
from service.evaluation.metrics.robustness import (
    RobustnessFigures,
    list_robustness_figures,
    measure_robustness,
)
from service.evaluation.metrics.signal_metrics import SignalFigures, measure_signals
from service.evaluation.metrics.statistics import (
    Estimate,
    draw_resamples,
    estimate_share,
    estimate_share_if_any,
)
from service.evaluation.metrics.verdict_metrics import VerdictFigures, measure_verdicts
from service.judging.models import Verdict
from service.reasons import Reason
from service.records import Frozen

__all__ = ["Group", "Metrics", "measure", "read_metrics", "write_metrics"]


class Group(Frozen):
    """The graded cases of one question, playbook, style or hard kind."""

    n: int
    accuracy: Estimate


class Metrics(Frozen):
    """Everything measured in a run; `cases` counts each repeat, `graded` those with a verdict.

    `groups` has the accuracy by question, playbook, style and hard kind. `repeat_agreement` is the
    share of cases whose repeats all got the same verdict. `changes` is keyed by kind of change.
    """

    schema_version: Literal[1] = 1
    cases: int
    graded: int
    ungraded: dict[Reason, int]
    verdicts: VerdictFigures
    signals: SignalFigures
    calibration: CalibrationFigures | None
    spending: CostFigures
    review: Estimate
    reliance: ReviewFigures | None = None
    groups: dict[str, dict[str, Group]]
    repeat_agreement: Estimate | None = None
    changes: dict[str, RobustnessFigures] = Field(default_factory=dict)

    def list_figures(self) -> tuple[Figure, ...]:
        """Return every figure, in the order in which tables show them."""
        return (
            *self._list_counts(),
            *self.verdicts.list_figures(),
            *self.signals.list_figures(),
            *list_calibration_figures(self.calibration),
            *(self.reliance.list_figures() if self.reliance else ()),
            *self._list_habits(),
            *list_robustness_figures(self.changes),
            *self.spending.list_figures(),
        )

    def list_headline(self) -> tuple[Figure, ...]:
        """Return the figures that a reader wants first."""
        return tuple(figure for figure in self.list_figures() if figure.is_headline)

    def _list_counts(self) -> Iterator[Figure]:
        ungraded = sum(self.ungraded.values()) / self.cases
        for name, label, measured in (
            ("graded", "graded cases", float(self.graded)),
            ("ungraded", "ungraded cases", ungraded),
        ):
            yield make_figure(name, label, measured, blame=blame_ungraded, concern=Concern.UNGRADED)

    def _list_habits(self) -> Iterator[Figure]:
        yield make_figure(
            "needs_review",
            "asks for review",
            self.review,
            blame=blame_grades(lambda case, given: given.needs_review),
            is_headline=True,
        )
        yield make_figure(
            "repeat_agreement",
            "repeats that agree",
            self.repeat_agreement,
            blame="of repeats that differ, none is the wrong one",
            is_headline=self.repeat_agreement is not None,
        )


GROUPINGS: dict[str, Callable[[CaseResult], str | None]] = {
    "question": lambda result: result.case.question_id,
    "playbook": lambda result: result.case.question_id.rpartition(".")[0],
    "style": lambda result: result.case.style.value if result.case.style else None,
    "hard_kind": lambda result: result.case.hard_kind.value if result.case.hard_kind else None,
}

_FILE = "metrics.json"


def measure(results: Sequence[CaseResult]) -> Metrics:
    """Measure a run's results; ConfigurationError if none of its cases was graded."""
    unchanged = [result for result in results if result.change is None]
    graded = [result for result in unchanged if result.given]
    if not graded:
        details = (result.ungraded.detail for result in unchanged if result.ungraded)
        first = next(details, "the run is empty")
        raise ConfigurationError(f"no case was graded, so there is nothing to measure: {first}")
    repeats = len(graded) / len({result.case.id for result in graded})
    # Repeats of a case are no new evidence: they are drawn together, or counted as one.
    draws = draw_resamples(len(graded), groups=[result.case.id for result in graded])
    return Metrics(
        cases=len(unchanged),
        graded=len(graded),
        ungraded=Counter(result.ungraded.reason for result in unchanged if result.ungraded),
        verdicts=measure_verdicts(graded, draws, repeats),
        signals=measure_signals(graded),
        calibration=measure_calibration(graded, draws),
        spending=measure_cost(results),
        review=_estimate_repeated(
            [result.given.needs_review for result in graded if result.given], repeats
        ),
        reliance=measure_review(graded, repeats),
        groups={name: _measure_groups(graded, of, repeats) for name, of in GROUPINGS.items()},
        repeat_agreement=_measure_agreement(graded) if repeats > 1 else None,
        changes=measure_robustness(results),
    )


def write_metrics(folder: Path, metrics: Metrics) -> None:
    """Store the figures in a run's folder."""
    (folder / _FILE).write_text(metrics.model_dump_json(indent=2) + "\n", "utf-8")


def read_metrics(folder: Path) -> Metrics:
    """Read the figures stored in a run's folder; ConfigurationError if there are none."""
    try:
        return Metrics.model_validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{folder}: no figures kept there: {error}") from error


def _measure_groups(
    results: Sequence[CaseResult], group_of: Callable[[CaseResult], str | None], repeats: float
) -> dict[str, Group]:
    rights: dict[str, list[bool]] = {}
    for result in results:
        name = group_of(result)
        if name is not None:
            rights.setdefault(name, []).append(result.is_right)
    return {
        name: Group(n=len(right), accuracy=_estimate_repeated(right, repeats))
        for name, right in sorted(rights.items(), key=lambda pair: split_question_id(pair[0]))
    }


def _estimate_repeated(hits: Sequence[bool], repeats: float) -> Estimate:
    """Estimate a share of at least one result; a case's repeats count as one observation."""
    return estimate_share(sum(hits) / repeats, len(hits) / repeats)


def _measure_agreement(results: Sequence[CaseResult]) -> Estimate | None:
    """Estimate the share of repeated cases whose every grade has the same verdict."""
    verdicts: dict[str, list[Verdict]] = {}
    for result in results:
        if result.given:
            verdicts.setdefault(result.case.id, []).append(result.given.verdict)
    repeated = [given for given in verdicts.values() if len(given) > 1]
    return estimate_share_if_any(sum(len(set(given)) == 1 for given in repeated), len(repeated))
