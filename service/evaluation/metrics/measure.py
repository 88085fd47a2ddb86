"""Figures of a run with their 95 % intervals; an ungraded case is neither right nor wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from service.errors import ConfigurationError, Reason
from service.evaluation.cases.golden import by_number
from service.evaluation.metrics.calibration_metrics import Calibration, calibration
from service.evaluation.metrics.cost import Spending, spending
from service.evaluation.metrics.robustness import Resistance, resistance, resistance_figures
from service.evaluation.metrics.signal_metrics import SignalFigures, signal_figures
from service.evaluation.metrics.statistics import Estimate, proportion, resample_counts, wilson
from service.evaluation.metrics.verdict_metrics import VerdictFigures, verdict_figures
from service.evaluation.runs.run import Line
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["Group", "Metrics", "measure", "read_metrics", "write_metrics"]


class Group(Frozen):
    """The graded cases that have something in common."""

    n: int
    accuracy: Estimate


class Metrics(Frozen):
    """Everything measured in a run; `cases` counts each repeat, `graded` those with a verdict.

    `groups` holds accuracy by question, playbook, style and hard kind; `repeat_agreement` is the
    share of cases whose repeats all got the same verdict; `changes` is keyed by kind of change.
    """

    cases: int
    graded: int
    ungraded: dict[Reason, int]
    verdicts: VerdictFigures
    signals: SignalFigures
    calibration: Calibration | None
    spending: Spending
    review: Estimate
    groups: dict[str, dict[str, Group]]
    repeat_agreement: Estimate | None = None
    changes: dict[str, Resistance] = Field(default_factory=dict)

    def figures(self) -> dict[str, float | None]:
        """Every single figure by the name that gates give it; None: not measured."""
        verdicts, signals, sure = self.verdicts, self.signals, self.calibration
        found: dict[str, float | None] = {
            "graded": self.graded,
            "ungraded": sum(self.ungraded.values()) / self.cases,
            "needs_review": self.review.value,
            "repeat_agreement": _value(self.repeat_agreement),
            "accuracy": verdicts.accuracy.value,
            "macro_f1": verdicts.macro_f1.value,
            "kappa": _value(verdicts.kappa),
            "shown_f1": signals.shown_f1,
            "status_accuracy": _value(signals.status_accuracy),
            "evidence_valid": _value(signals.evidence_valid),
            "evidence_hit": _value(signals.evidence_hit),
            "calibration_error": sure.error.value if sure else None,
            "brier": sure.brier.value if sure else None,
            "surest_half_accuracy": sure.surest_half_accuracy if sure else None,
            "cost_usd_per_case": self.spending.cost_usd_per_case,
            "latency_ms_p50": self.spending.latency_ms_p50,
            "latency_ms_p95": self.spending.latency_ms_p95,
        }
        for verdict, one in verdicts.by_verdict.items():
            found[f"precision.{verdict}"] = _value(one.precision)
            found[f"recall.{verdict}"] = _value(one.recall)
        found |= {name: _value(harm) for name, harm in verdicts.harms.items()}
        return found | resistance_figures(self.changes)


GROUPINGS: dict[str, Callable[[Line], str | None]] = {
    "question": lambda line: line.case.question_id,
    "playbook": lambda line: line.case.question_id.rpartition(".")[0],
    "style": lambda line: line.case.style.value,
    "hard_kind": lambda line: line.case.hard_kind.value if line.case.hard_kind else None,
}

_FILE = "metrics.json"


def measure(lines: Sequence[Line]) -> Metrics:
    """The figures of a run's lines; ConfigurationError where not one of its cases was graded."""
    plain = [line for line in lines if line.change is None]
    graded = [line for line in plain if line.given]
    if not graded:
        first = next((line.ungraded.detail for line in plain if line.ungraded), "the run is empty")
        raise ConfigurationError(f"no case was graded, so there is nothing to measure: {first}")
    repeats = len(graded) / len({line.case.id for line in graded})
    draws = resample_counts(len(graded), groups=[line.case.id for line in graded])
    return Metrics(
        cases=len(plain),
        graded=len(graded),
        ungraded=Counter(line.ungraded.reason for line in plain if line.ungraded),
        verdicts=verdict_figures(graded, draws, repeats),
        signals=signal_figures(graded),
        calibration=calibration(graded, draws),
        spending=spending(lines),
        review=_share([line.given.needs_review for line in graded if line.given], repeats),
        groups={name: _groups(graded, of, repeats) for name, of in GROUPINGS.items()},
        repeat_agreement=_repeat_agreement(graded) if repeats > 1 else None,
        changes=resistance(lines),
    )


def write_metrics(folder: Path, metrics: Metrics) -> None:
    """Keep the figures in a run's folder."""
    (folder / _FILE).write_text(metrics.model_dump_json(indent=2) + "\n", "utf-8")


def read_metrics(folder: Path) -> Metrics:
    """The figures kept in a run's folder; ConfigurationError where there are none."""
    try:
        return Metrics.model_validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{folder}: no figures kept there: {error}") from error


def _groups(
    lines: Sequence[Line], group_of: Callable[[Line], str | None], repeats: float
) -> dict[str, Group]:
    rights: dict[str, list[bool]] = {}
    for line in lines:
        name = group_of(line)
        if name is not None:
            rights.setdefault(name, []).append(line.is_right)
    return {
        name: Group(n=len(right), accuracy=_share(right, repeats))
        for name, right in sorted(rights.items(), key=lambda pair: by_number(pair[0]))
    }


def _share(hits: Sequence[bool], repeats: float) -> Estimate:
    """A share of at least one line; the repeats of a case count as one observation."""
    return wilson(sum(hits) / repeats, len(hits) / repeats)


def _repeat_agreement(lines: Sequence[Line]) -> Estimate | None:
    """Of the cases graded more than once, those whose every grade has the same verdict."""
    verdicts: dict[str, list[Verdict]] = {}
    for line in lines:
        if line.given:
            verdicts.setdefault(line.case.id, []).append(line.given.verdict)
    repeated = [given for given in verdicts.values() if len(given) > 1]
    return proportion(sum(len(set(given)) == 1 for given in repeated), len(repeated))


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value
