"""One run, told to people and to machines: JSON, JUnit XML, Markdown, HTML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import by_number
from service.evaluation.gates.gates import GateResult, Gating
from service.evaluation.metrics.measure import Metrics
from service.evaluation.metrics.statistics import Estimate
from service.evaluation.runs.comparison import Comparison, Flip
from service.evaluation.runs.run import Run

__all__ = ["Report", "headline", "in_order", "interval"]

_JUDGES = {"embedded": "Embedded", "llm": "LLM", "cascade": "Cascade"}


@dataclass(frozen=True)
class Report:
    """A run with its figures, and where wanted the baseline beside it and what the gates said."""

    run: Run
    metrics: Metrics
    comparison: Comparison | None = None
    gating: Gating | None = None

    @property
    def title(self) -> str:
        key, selection = self.run.config.key, self.run.config.selection
        prompt = f", {key.prompt}" if key.prompt else ""
        return f"{_JUDGES[key.judge]} judge on the golden {selection.split} split{prompt}"

    @property
    def flips(self) -> list[Flip]:
        """Newly wrong first, newly right last."""
        flips = self.comparison.flips if self.comparison else ()
        return sorted(
            flips, key=lambda flip: (not flip.was_lost, flip.was_won, in_order(flip.case))
        )

    @property
    def wrong_before(self) -> frozenset[str]:
        """The cases that the baseline's first grades have wrong too, by this run's labels."""
        if self.comparison is None:
            return frozenset()
        right: dict[str, bool] = {}
        for line in sorted(self.run.plain, key=lambda line: line.repeat):
            if line.given:
                right.setdefault(line.case.id, line.is_right)
        right |= {flip.case.id: flip.was_lost for flip in self.comparison.flips}
        return frozenset(name for name in right if not right[name]) - set(self.comparison.unpaired)

    def cases_of(self, gate: GateResult) -> list[str]:
        """The cases a gate names, its worst question first."""
        asked = {line.case.id: line.case.question_id for line in self.run.lines}
        worst = {question: place for place, question in enumerate(gate.questions)}
        return sorted(gate.cases, key=lambda name: worst.get(asked.get(name, ""), len(worst)))


def in_order(case: Case) -> tuple[tuple[str, int], str]:
    """Sorts cases by question, then by id with its numbers as numbers."""
    case_id = re.sub(r"\d+", lambda digits: digits[0].zfill(9), case.id)
    return by_number(case.question_id), case_id


def headline(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """The figures a reader wants first: label and value with its 95 % interval."""
    verdicts, calibration = metrics.verdicts, metrics.calibration
    yield "accuracy", interval(verdicts.accuracy)
    yield "macro F1", interval(verdicts.macro_f1)
    yield "quadratic kappa", interval(verdicts.kappa)
    for name, harm in verdicts.harms.items():
        yield name.replace("_", " "), interval(harm)
    yield "signal shown, F1", _number(metrics.signals.shown_f1)
    yield "quotes that stand in the answer", interval(metrics.signals.evidence_valid)
    yield "quotes that meet a labelled one", interval(metrics.signals.evidence_hit)
    if calibration:
        yield "accuracy on the surest half", _number(calibration.surest_half_accuracy)
        yield "expected calibration error", interval(calibration.error)
        yield "Brier score", interval(calibration.brier)
    yield "asks for review", interval(metrics.review)
    if metrics.repeat_agreement:
        yield "repeats that agree", interval(metrics.repeat_agreement)
    for kind, resistance in metrics.changes.items():
        if resistance.attacks:
            yield f"attacks that win: {kind.replace('_', ' ')}", interval(resistance.attacks)
        yield f"verdicts that flip: {kind.replace('_', ' ')}", interval(resistance.flips)
    yield from _spent(metrics)


def interval(estimate: Estimate | None) -> str:
    """`0.787 (0.715–0.845)`, or a dash where nothing was measured."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _spent(metrics: Metrics) -> Iterator[tuple[str, str]]:
    spent = metrics.spending
    usage = spent.usage
    if usage.input_tokens:
        yield (
            "tokens",
            f"{usage.input_tokens:,} in ({usage.cached_input_tokens:,} cached), "
            f"{usage.output_tokens:,} out",
        )
        yield "cost", "unknown" if spent.cost_usd is None else f"${spent.cost_usd:.4f}"
    if spent.cached:
        yield "grades from the cache", str(spent.cached)
    if spent.latency_ms_p50 is not None:
        yield "latency p50, p95", f"{spent.latency_ms_p50:.0f} ms, {spent.latency_ms_p95:.0f} ms"
