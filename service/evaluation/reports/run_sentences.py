"""Sentences about a run that Markdown and HTML share."""

from collections.abc import Iterator

from service.evaluation.cases.golden import name_some
from service.evaluation.gates.gates import GateCheck
from service.evaluation.metrics.figure import format_change
from service.evaluation.metrics.measure import Metrics
from service.evaluation.runs.comparison import Comparison

__all__ = ["count_cases", "describe_check", "list_remarks", "summarize"]


def count_cases(metrics: Metrics) -> str:
    """Count the cases and changed answers, and those without a grade."""
    said = f"{count(metrics.cases, 'case')}, {sum(metrics.ungraded.values()):,} ungraded"
    if not metrics.changes:
        return said
    changed = sum(kind.changed for kind in metrics.changes.values())
    silent = sum(kind.ungraded for kind in metrics.changes.values())
    return f"{said}; {count(changed, 'changed answer')}, {silent:,} ungraded"


def describe_check(gating: GateCheck) -> str:
    """Say in a few words if the gates held."""
    failed = f"{count(len(gating.failed), 'gate')} of {len(gating.results)} failed"
    if gating.broken:
        return "The run broke" + (f", and {failed}" if gating.failed else "")
    return failed if gating.failed else f"All {count(len(gating.results), 'gate')} held"


def summarize(comparison: Comparison) -> str:
    """Summarize the change in one sentence."""
    return (
        f"{count(comparison.paired, 'case')} in both: "
        f"accuracy {format_change(comparison.accuracy)}, "
        f"macro F1 {format_change(comparison.macro_f1)}; "
        f"{comparison.lost} newly wrong, {comparison.won} newly right "
        f"(McNemar p = {comparison.p_value:.3f})."
    )


def list_remarks(comparison: Comparison) -> Iterator[str]:
    """List what a reader must know before relying on the comparison."""
    yield from (f"Differs: {difference}" for difference in comparison.differences)
    if comparison.reworded:
        yield f"Questions worded differently: {', '.join(comparison.reworded)}"
    silent = comparison.newly_ungraded
    cases = comparison.cases  # which are new or gone is said among the differences
    said = {*silent, *cases.new, *cases.removed}
    for what, case_ids in (
        ("Newly ungraded", silent),
        (
            "Reworded, or graded in one run only",
            [name for name in comparison.unpaired if name not in said],
        ),
        ("Relabelled; both runs are held to the new label", comparison.relabelled),
    ):
        if case_ids:
            yield f"{what} ({len(case_ids)}): {name_some(case_ids)}"


def count(n: int, noun: str) -> str:
    """Write `1 case`, or `2 cases`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
