"""What page, summary and terminal show of a cascade: the same rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.evaluation.reports.report import interval
from service.evaluation.threshold.threshold_figures import AtThreshold, Figures
from service.evaluation.threshold.threshold_report import Cascading

__all__ = ["Row", "cost", "head", "number", "rows"]

SHOWN = 10


@dataclass(frozen=True)
class Row:
    """One way of grading: its name, its figures as text, and whether it is the recommended one."""

    name: str
    cells: tuple[str, ...]
    is_recommended: bool = False


def head(cascading: Cascading, harms: Sequence[str]) -> tuple[str, ...]:
    """The names of a row's cells, the row's own first."""
    unit = {"usd": "cost", "tokens": "tokens", None: "cost"}[cascading.cost_unit]
    return (
        "threshold",
        "accuracy",
        "asks the LLM",
        *(name.replace("_", " ") for name in harms),
        *(["ungraded"] if _leaves_some(cascading) else []),
        f"{unit} for 1,000",
        "latency p50",
    )


def rows(cascading: Cascading, harms: Sequence[str]) -> Iterator[Row]:
    """Each judge alone and between them some thresholds, the recommended and the best included."""
    yield Row("embedded alone", _cells(cascading, cascading.embedded, harms))
    for point in _some(cascading):
        chosen = point == cascading.recommended
        mark = ", recommended" if chosen else ", best" if point == cascading.best else ""
        cells = _cells(cascading, point.figures, harms)
        yield Row(f"{number(point.threshold)}{mark}", cells, chosen)
    yield Row("LLM alone", _cells(cascading, cascading.llm, harms))


def number(threshold: float) -> str:
    """A threshold as it is written into a setting."""
    return repr(threshold).removesuffix(".0")


def cost(cascading: Cascading, per_1000: float | None) -> str:
    """`$1.90`, `1,204 k` where it is in tokens, or a dash where the cost is unknown."""
    if per_1000 is None:
        return "-"
    if cascading.cost_unit == "tokens":
        return f"{per_1000 / 1000:,.0f} k"
    if per_1000 == 0:
        return "$0"
    digits = 2 if (cascading.llm.cost_per_1000 or 0) >= 1 else 4
    return f"${per_1000:,.{digits}f}"


def _cells(cascading: Cascading, figures: Figures, harms: Sequence[str]) -> tuple[str, ...]:
    latency = figures.latency_ms_p50
    return (
        interval(figures.accuracy),
        _percent(figures.asked),
        *(interval(figures.harms.get(name)) for name in harms),
        *([_percent(figures.ungraded)] if _leaves_some(cascading) else []),
        cost(cascading, figures.cost_per_1000),
        "-" if latency is None else f"{latency:,.0f} ms",
    )


def _leaves_some(cascading: Cascading) -> bool:
    ways = (cascading.embedded, cascading.llm, *(point.figures for point in cascading.points))
    return any(figures.ungraded for figures in ways)


def _some(cascading: Cascading) -> list[AtThreshold]:
    """At most so many points, evenly from the lowest to the highest, and those that matter."""
    points, steps = cascading.points, min(SHOWN, len(cascading.points)) - 1
    last = len(points) - 1
    even = [points[round(step * last / max(steps, 1))] for step in range(steps + 1)]
    shown = {point.threshold: point for point in (*even, cascading.best, cascading.recommended)}
    return [shown[threshold] for threshold in sorted(shown)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
