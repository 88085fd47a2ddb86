"""Compute the plot of a threshold report: cost across, accuracy up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from service.evaluation.threshold.recommend import CrossFit
from service.evaluation.threshold.threshold_figures import CascadeFigures
from service.evaluation.threshold.threshold_report import ThresholdReport

__all__ = ["Plot", "draw_plot"]

LEFT, RIGHT, TOP, BOTTOM = 56.0, 340.0, 12.0, 252.0
Coordinates = tuple[float, float]
Tick = tuple[float, str]


@dataclass(frozen=True)
class Plot:
    """Coordinates in the drawing: ticks with their labels, lines as the points of SVG, marks."""

    across: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    curve: str
    band: str
    embedded: Coordinates
    llm: Coordinates
    recommended: Coordinates
    cross_fitted: Coordinates


def draw_plot(report: ThresholdReport) -> Plot:
    """Compute the plot; the axis of accuracy has room for every interval.

    If the cost is unknown or nothing, the share that the LLM is asked about goes across instead.
    """
    across, value_of, label = _choose_across(report)
    ways = [point.figures for point in report.points]
    drawn = [*ways, report.embedded, report.llm]
    x_ticks = _choose_ticks(0.0, max(value_of(way) for way in drawn))
    y_ticks = _choose_ticks(
        min(way.accuracy.low for way in drawn), max(way.accuracy.high for way in drawn)
    )
    x, y = _make_scale(x_ticks, LEFT, RIGHT), _make_scale(y_ticks, BOTTOM, TOP)

    def locate(way: CascadeFigures | CrossFit) -> Coordinates:
        return x(value_of(way)), y(way.accuracy.value)

    upper = [(x(value_of(way)), y(way.accuracy.high)) for way in ways]
    lower = [(x(value_of(way)), y(way.accuracy.low)) for way in reversed(ways)]
    return Plot(
        across=across,
        x_ticks=tuple((x(tick), label(tick)) for tick in x_ticks),
        y_ticks=tuple((y(tick), f"{tick:g}") for tick in y_ticks),
        curve=_write_points(map(locate, ways)),
        band=_write_points([*upper, *lower]),
        embedded=locate(report.embedded),
        llm=locate(report.llm),
        recommended=locate(report.recommended.figures),
        cross_fitted=locate(report.cross_fitted),
    )


def _choose_across(
    report: ThresholdReport,
) -> tuple[str, Callable[[CascadeFigures | CrossFit], float], Callable[[float], str]]:
    """Choose what goes across: its name, its value of some figures, and the text of a value."""
    if not report.llm.cost_per_1000:
        return "share of answers that the LLM is asked about", lambda way: way.asked, "{:g}".format
    if report.cost_unit == "tokens":
        return (
            "thousand tokens for 1,000 answers",
            lambda way: way.cost_per_1000 or 0.0,
            _write_thousands,
        )
    return "US dollars for 1,000 answers", lambda way: way.cost_per_1000 or 0.0, "{:,g}".format


def _write_thousands(tokens: float) -> str:
    return f"{tokens / 1000:,g}"


def _choose_ticks(low: float, high: float) -> list[float]:
    """Choose three to seven round numbers, the first at most `low`, the last at least `high`."""
    rough = (high - low or 1.0) / 5
    magnitude = 10.0 ** floor(log10(rough))
    step = next(nice * magnitude for nice in (1, 2, 5, 10) if nice * magnitude >= rough)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, max(last, first + 1) + 1)]


def _make_scale(ticks: list[float], start: float, end: float) -> Callable[[float], float]:
    span = ticks[-1] - ticks[0]
    return lambda value: round(start + (end - start) * (value - ticks[0]) / span, 1)


def _write_points(points: Iterable[Coordinates]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
