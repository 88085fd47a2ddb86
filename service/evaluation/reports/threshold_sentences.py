"""What page, summary and terminal say of a cascade, in the same words."""

from collections.abc import Iterator

from service.evaluation.metrics.statistics import Estimate
from service.evaluation.reports.report import interval
from service.evaluation.reports.threshold_table import cost, number
from service.evaluation.threshold.threshold_report import Cascading

__all__ = [
    "TITLE",
    "assumed",
    "because",
    "compared",
    "honestly",
    "remarks",
    "settings",
    "what_was_run",
]

TITLE = "When the cascade should ask the LLM"


def settings(cascading: Cascading) -> tuple[str, str]:
    """The environment variables that set what is recommended."""
    threshold = number(cascading.recommended.threshold)
    return "PROBEWISE_JUDGE=cascade", f"PROBEWISE_CASCADE_THRESHOLD={threshold}"


def what_was_run(cascading: Cascading) -> str:
    """Which runs these are, and over how many cases."""
    llm = cascading.llm_run or "an assumed LLM"
    return f"{cascading.embedded_run} and {llm}, {_counted(cascading.cases, 'case')}"


def because(cascading: Cascading) -> str:
    """Why this threshold."""
    rule, best, chosen = cascading.rule, cascading.best, cascading.recommended
    better = f"the threshold {number(best.threshold)} reaches {best.figures.accuracy.value:.3f}"
    found = f"its accuracy is {chosen.figures.accuracy.value:.3f}"
    if rule.max_cost_usd is not None:
        limit = f"${rule.max_cost_usd:g} for 1,000 answers"
        dearer = cost(cascading, best.figures.cost_per_1000)
        return (
            f"It is the cheapest threshold whose accuracy is at most {rule.margin:g} below the "
            f"best that {limit} can buy: {found}. Whatever the cost, {better}, at {dearer}."
        )
    if best == chosen:
        return (
            f"No threshold is more accurate: {found}. Each cheaper one lies more than "
            f"{rule.margin:g} below."
        )
    return (
        f"It is the cheapest threshold whose accuracy is at most {rule.margin:g} below the best: "
        f"{found}, and {better}."
    )


def compared(cascading: Cascading) -> str:
    """The plain differences to each judge alone."""
    against = cascading.against
    return (
        f"On these cases its accuracy differs by {_change(against.llm)} from the LLM alone and by "
        f"{_change(against.embedded)} from the embedded judge alone."
    )


def honestly(cascading: Cascading) -> str:
    """What the choice is worth on cases it was not made on."""
    fair = cascading.cross_fitted
    low, middle, high = (number(threshold) for threshold in fair.thresholds)
    lost = cascading.recommended.figures.accuracy.value - fair.accuracy.value
    return (
        "Those are the cases it was chosen on, which flatters it. Chosen on one half of them and "
        f"measured on the other, {fair.splits} times over, its accuracy is "
        f"{interval(fair.accuracy)}, {abs(lost):.3f} {'lower' if lost >= 0 else 'higher'}: "
        f"{_change(fair.against.llm)} from the LLM alone, {_change(fair.against.embedded)} from "
        f"the embedded judge alone. The middle threshold of the halves is {middle}; four in five "
        f"of them lie from {low} to {high}."
    )


def assumed(cascading: Cascading) -> str | None:
    """What was not measured; None where everything was."""
    assumption = cascading.assumption
    price = "" if assumption.cost_usd is None else f" ${assumption.cost_usd:g} for each grade"
    if assumption.accuracy is not None:
        return (
            f"Assumed, not measured: an LLM that is right on {assumption.accuracy:g} of whatever "
            f"it is asked{', at' + price if price else ''}. A real one errs most on the hard "
            "answers, which are those it would be asked about: measure one with `probewise eval "
            "run --judge llm` before you rely on this."
        )
    return f"Assumed, not measured: the LLM's price,{price}." if price else None


def remarks(cascading: Cascading) -> Iterator[str]:
    """What a reader must know before believing the figures."""
    yield from _without_cascade(cascading)
    if {"test", "all"} & set(cascading.splits):
        yield (
            "The test split is among these cases. Choose the threshold with --split dev, so that "
            "the test split stays one that nothing was chosen on."
        )
    yield from (f"The runs differ: {difference}" for difference in cascading.differences)
    if cascading.llm_run and cascading.cost_unit is None:
        yield (
            "What the LLM costs is unknown: its run recorded neither prices nor tokens. "
            "--llm-cost-usd gives the price of one grade."
        )
    elif cascading.unrecorded:
        yield (
            f"{_counted(cascading.unrecorded, 'LLM grade')} came from the cache or failed; each "
            "counts with the mean cost and the median time of the others."
        )
    if cascading.stood_in:
        yield (
            f"{_counted(cascading.stood_in, 'time')} no model answered, and the embedded grade "
            "stands for the LLM's, as PROBEWISE_FALLBACK=embedded says."
        )


def _without_cascade(cascading: Cascading) -> Iterator[str]:
    """Where one judge alone does as well, or better."""
    margin, best = cascading.rule.margin, cascading.best.figures.accuracy.value
    if cascading.embedded.accuracy.value >= best - margin:
        yield (
            "The embedded judge alone lies within the margin too, and costs nothing: "
            "PROBEWISE_JUDGE=embedded."
        )
    if cascading.llm.accuracy.value > best + margin:
        yield "The LLM alone is more accurate than any threshold: PROBEWISE_JUDGE=llm."
    elif cascading.recommended.figures.asked == cascading.llm.asked:
        yield "There the LLM is asked about every one of these cases, as PROBEWISE_JUDGE=llm does."


def _change(change: Estimate) -> str:
    return f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
