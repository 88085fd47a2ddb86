"""One run, told to people and to machines: JSON, JUnit XML, Markdown, HTML."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.evaluation.comparison import Comparison
from service.evaluation.gates import Gating
from service.evaluation.metrics import Metrics
from service.evaluation.runs import Run
from service.evaluation.statistics import Estimate

__all__ = ["Report", "headline", "interval"]

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


def headline(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """The figures a reader wants first: label and value with its 95 % interval."""
    verdicts, calibration = metrics.verdicts, metrics.calibration
    yield "accuracy", interval(verdicts.accuracy)
    yield "macro F1", interval(verdicts.macro_f1)
    yield "quadratic kappa", interval(verdicts.kappa)
    for name, harm in verdicts.harms.items():
        yield name.replace("_", " "), interval(harm)
    yield "signal shown, F1", number(metrics.signals.shown_f1)
    yield "quotes that stand in the answer", interval(metrics.signals.evidence_valid)
    yield "quotes that meet a labelled one", interval(metrics.signals.evidence_hit)
    if calibration:
        yield "accuracy on the surest half", number(calibration.surest_half_accuracy)
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
    """`0.787 (0.715-0.845)`, or a dash where nothing was measured."""
    if estimate is None:
        return "-"
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def number(value: float | None) -> str:
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
