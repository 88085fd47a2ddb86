"""The table of a threshold report, with the same rows in page, summary and terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.evaluation.metrics.figure import format_estimate
from service.evaluation.metrics.verdict_metrics import Harm
from service.evaluation.threshold.threshold_figures import CascadeFigures, ThresholdPoint
from service.evaluation.threshold.threshold_report import ThresholdReport

__all__ = ["TableRow", "format_cost", "format_threshold", "make_head", "make_rows"]

SHOWN = 10


@dataclass(frozen=True)
class TableRow:
    """One way of grading: its name, its figures as text, and if it is the recommended one."""

    name: str
    cells: tuple[str, ...]
    is_recommended: bool = False


def make_head(report: ThresholdReport, harms: Sequence[Harm]) -> tuple[str, ...]:
    """Make the head of the table; the first cell is above the names of the rows."""
    unit = {"usd": "cost", "tokens": "tokens", None: "cost"}[report.cost_unit]
    return (
        "threshold",
        "accuracy",
        "asks the LLM",
        *(harm.label for harm in harms),
        *(["ungraded"] if _leaves_ungraded(report) else []),
        f"{unit} for 1,000",
        "latency p50",
    )


def make_rows(report: ThresholdReport, harms: Sequence[Harm]) -> Iterator[TableRow]:
    """Yield a row for each judge alone, and between them rows for some thresholds.

    The recommended and the best threshold are among them.
    """
    yield TableRow("embedded alone", _write_cells(report, report.embedded, harms))
    for point in _choose_points(report):
        chosen = point == report.recommended
        mark = ", recommended" if chosen else ", best" if point == report.best else ""
        cells = _write_cells(report, point.figures, harms)
        yield TableRow(f"{format_threshold(point.threshold)}{mark}", cells, chosen)
    yield TableRow("LLM alone", _write_cells(report, report.llm, harms))


def format_threshold(threshold: float) -> str:
    """Write a threshold as a setting has it."""
    return repr(threshold).removesuffix(".0")


def format_cost(report: ThresholdReport, per_1000: float | None) -> str:
    """Write `$1.90`, or `1,204 k` of tokens, or a dash if the cost is unknown."""
    if per_1000 is None:
        return "-"
    if report.cost_unit == "tokens":
        return f"{per_1000 / 1000:,.0f} k"
    if per_1000 == 0:
        return "$0"
    digits = 2 if (report.llm.cost_per_1000 or 0) >= 1 else 4
    return f"${per_1000:,.{digits}f}"


def _write_cells(
    report: ThresholdReport, figures: CascadeFigures, harms: Sequence[Harm]
) -> tuple[str, ...]:
    latency = figures.latency_ms_p50
    return (
        format_estimate(figures.accuracy),
        _write_percent(figures.asked),
        *(format_estimate(figures.harms.get(harm.name)) for harm in harms),
        *([_write_percent(figures.ungraded)] if _leaves_ungraded(report) else []),
        format_cost(report, figures.cost_per_1000),
        "-" if latency is None else f"{latency:,.0f} ms",
    )


def _leaves_ungraded(report: ThresholdReport) -> bool:
    ways = (report.embedded, report.llm, *(point.figures for point in report.points))
    return any(figures.ungraded for figures in ways)


def _choose_points(report: ThresholdReport) -> list[ThresholdPoint]:
    """Choose points evenly from the lowest to the highest, and add the best and recommended."""
    points, steps = report.points, min(SHOWN, len(report.points)) - 1
    last = len(points) - 1
    even = [points[round(step * last / max(steps, 1))] for step in range(steps + 1)]
    shown = {point.threshold: point for point in (*even, report.best, report.recommended)}
    return [shown[threshold] for threshold in sorted(shown)]


def _write_percent(share: float) -> str:
    return f"{100 * share:.1f} %"
