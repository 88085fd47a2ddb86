"""Sentences about a cascade's thresholds that page, summary and terminal share."""

from collections.abc import Iterator

from service.evaluation.metrics.figure import format_change, format_estimate
from service.evaluation.reports.run_sentences import count
from service.evaluation.reports.threshold_table import format_cost, format_threshold
from service.evaluation.threshold.threshold_report import ThresholdReport

__all__ = [
    "TITLE",
    "compare_with_single_judges",
    "explain_assumption",
    "explain_choice",
    "explain_cross_fit",
    "list_remarks",
    "list_settings",
    "name_runs",
]

TITLE = "When the cascade should ask the LLM"


def list_settings(report: ThresholdReport) -> tuple[str, str]:
    """List the environment variables that set the recommended threshold."""
    threshold = format_threshold(report.recommended.threshold)
    return "PROBEWISE_JUDGE=cascade", f"PROBEWISE_CASCADE_THRESHOLD={threshold}"


def name_runs(report: ThresholdReport) -> str:
    """Name the runs, and count their cases."""
    llm = report.llm_run or "an assumed LLM"
    return f"{report.embedded_run} and {llm}, {count(report.cases, 'case')}"


def explain_choice(report: ThresholdReport) -> str:
    """Explain why this threshold is recommended."""
    rule, best, chosen = report.rule, report.best, report.recommended
    best_accuracy = best.figures.accuracy.value
    better = f"the threshold {format_threshold(best.threshold)} reaches {best_accuracy:.3f}"
    found = f"its accuracy is {chosen.figures.accuracy.value:.3f}"
    if rule.max_cost_usd is not None:
        limit = f"${rule.max_cost_usd:g} for 1,000 answers"
        dearer = format_cost(report, best.figures.cost_per_1000)
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


def compare_with_single_judges(report: ThresholdReport) -> str:
    """Compare its accuracy with that of each judge alone, on the cases it was chosen on."""
    against = report.against
    return (
        f"On these cases its accuracy differs by {format_change(against.llm)} from the LLM alone "
        f"and by {format_change(against.embedded)} from the embedded judge alone."
    )


def explain_cross_fit(report: ThresholdReport) -> str:
    """Explain how accurate the choice is on cases that it was not made on."""
    fair = report.cross_fitted
    low, middle, high = (format_threshold(threshold) for threshold in fair.thresholds)
    lost = report.recommended.figures.accuracy.value - fair.accuracy.value
    return (
        "Those are the cases it was chosen on, which flatters it. Chosen on one half of them and "
        f"measured on the other, {fair.splits} times over, its accuracy is "
        f"{format_estimate(fair.accuracy)}, {abs(lost):.3f} {'lower' if lost >= 0 else 'higher'}: "
        f"{format_change(fair.against.llm)} from the LLM alone, "
        f"{format_change(fair.against.embedded)} from the embedded judge alone. The middle "
        f"threshold of the halves is {middle}; four in five of them lie from {low} to {high}."
    )


def explain_assumption(report: ThresholdReport) -> str | None:
    """Explain what was not measured; None if everything was."""
    assumption = report.assumption
    price = "" if assumption.cost_usd is None else f" ${assumption.cost_usd:g} for each grade"
    if assumption.accuracy is not None:
        return (
            f"Assumed, not measured: an LLM that is right on {assumption.accuracy:g} of whatever "
            f"it is asked{', at' + price if price else ''}. A real one errs most on the hard "
            "answers, which are those it would be asked about: measure one with `probewise eval "
            "run --judge llm` before you rely on this."
        )
    return f"Assumed, not measured: the LLM's price,{price}." if price else None


def list_remarks(report: ThresholdReport) -> Iterator[str]:
    """List what a reader must know before relying on the figures."""
    yield from _compare_without_cascade(report)
    if {"test", "all"} & set(report.splits):
        yield (
            "The test split is among these cases. Choose the threshold with --split dev, so that "
            "the test split stays one that nothing was chosen on."
        )
    yield from (f"The runs differ: {difference}" for difference in report.differences)
    if report.llm_run and report.cost_unit is None:
        yield (
            "What the LLM costs is unknown: its run recorded neither prices nor tokens. "
            "--llm-cost-usd gives the price of one grade."
        )
    elif report.unrecorded:
        yield (
            f"{count(report.unrecorded, 'LLM grade')} came from the cache or failed; each "
            "counts with the mean cost and the median time of the others."
        )
    if report.stood_in:
        yield (
            f"{count(report.stood_in, 'time')} no model answered, and the embedded grade "
            "stands for the LLM's, as PROBEWISE_FALLBACK=embedded says."
        )


def _compare_without_cascade(report: ThresholdReport) -> Iterator[str]:
    """Say if one judge alone is as good, or better."""
    margin, best = report.rule.margin, report.best.figures.accuracy.value
    if report.embedded.accuracy.value >= best - margin:
        yield (
            "The embedded judge alone lies within the margin too, and costs nothing: "
            "PROBEWISE_JUDGE=embedded."
        )
    if report.llm.accuracy.value > best + margin:
        yield "The LLM alone is more accurate than any threshold: PROBEWISE_JUDGE=llm."
    elif report.recommended.figures.asked == report.llm.asked:
        yield "There the LLM is asked about every one of these cases, as PROBEWISE_JUDGE=llm does."
