"""Where things stand in the plot of cost against accuracy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from service.evaluation.threshold.recommend import CrossFitted
from service.evaluation.threshold.threshold_figures import Figures
from service.evaluation.threshold.threshold_report import Cascading

__all__ = ["Plot", "plotted"]

LEFT, RIGHT, TOP, BOTTOM = 56.0, 340.0, 12.0, 252.0
Place = tuple[float, float]
Tick = tuple[float, str]


@dataclass(frozen=True)
class Plot:
    """Places in the drawing: ticks with their labels, lines as the points of SVG, marks."""

    across: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    curve: str
    band: str
    embedded: Place
    llm: Place
    recommended: Place
    cross_fitted: Place


def plotted(cascading: Cascading) -> Plot:
    """Cost across, or the share that the LLM is asked about where the cost is unknown or nothing.

    Accuracy goes up, and its axis holds every interval drawn.
    """
    across, value_of, label = _across(cascading)
    ways = [point.figures for point in cascading.points]
    drawn = [*ways, cascading.embedded, cascading.llm]
    x_ticks = _ticks(0.0, max(value_of(way) for way in drawn))
    y_ticks = _ticks(
        min(way.accuracy.low for way in drawn), max(way.accuracy.high for way in drawn)
    )
    x, y = _scale(x_ticks, LEFT, RIGHT), _scale(y_ticks, BOTTOM, TOP)

    def place(way: Figures | CrossFitted) -> Place:
        return x(value_of(way)), y(way.accuracy.value)

    upper = [(x(value_of(way)), y(way.accuracy.high)) for way in ways]
    lower = [(x(value_of(way)), y(way.accuracy.low)) for way in reversed(ways)]
    return Plot(
        across=across,
        x_ticks=tuple((x(tick), label(tick)) for tick in x_ticks),
        y_ticks=tuple((y(tick), f"{tick:g}") for tick in y_ticks),
        curve=_points(map(place, ways)),
        band=_points([*upper, *lower]),
        embedded=place(cascading.embedded),
        llm=place(cascading.llm),
        recommended=place(cascading.recommended.figures),
        cross_fitted=place(cascading.cross_fitted),
    )


def _across(
    cascading: Cascading,
) -> tuple[str, Callable[[Figures | CrossFitted], float], Callable[[float], str]]:
    """What goes across: its name, how to read it, and how to write it."""
    if not cascading.llm.cost_per_1000:
        return "share of answers that the LLM is asked about", lambda way: way.asked, "{:g}".format
    if cascading.cost_unit == "tokens":
        return "thousand tokens for 1,000 answers", lambda way: way.cost_per_1000 or 0.0, _thousands
    return "US dollars for 1,000 answers", lambda way: way.cost_per_1000 or 0.0, "{:,g}".format


def _thousands(tokens: float) -> str:
    return f"{tokens / 1000:,g}"


def _ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers, the first at most `low` and the last at least `high`."""
    rough = (high - low or 1.0) / 5
    magnitude = 10.0 ** floor(log10(rough))
    step = next(nice * magnitude for nice in (1, 2, 5, 10) if nice * magnitude >= rough)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, max(last, first + 1) + 1)]


def _scale(ticks: list[float], start: float, end: float) -> Callable[[float], float]:
    span = ticks[-1] - ticks[0]
    return lambda value: round(start + (end - start) * (value - ticks[0]) / span, 1)


def _points(places: Iterable[Place]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places)
