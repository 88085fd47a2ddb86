"""What Markdown and HTML say in the same words."""

from collections.abc import Iterator, Sequence

from service.evaluation.gates.gates import Gating
from service.evaluation.metrics.measure import Metrics
from service.evaluation.metrics.statistics import Estimate
from service.evaluation.runs.comparison import Comparison

__all__ = ["counts", "outcome", "remarks", "summary"]

NAMED = 10


def counts(metrics: Metrics) -> str:
    """How many answers there are, and how many of them nobody graded."""
    said = f"{_counted(metrics.cases, 'case')}, {sum(metrics.ungraded.values()):,} ungraded"
    if not metrics.changes:
        return said
    changed = sum(kind.changed for kind in metrics.changes.values())
    silent = sum(kind.ungraded for kind in metrics.changes.values())
    return f"{said}; {_counted(changed, 'changed answer')}, {silent:,} ungraded"


def outcome(gating: Gating) -> str:
    """Red or green in a few words."""
    failed = f"{_counted(len(gating.failed), 'gate')} of {len(gating.results)} failed"
    if gating.broken:
        return "The run broke" + (f", and {failed}" if gating.failed else "")
    return failed if gating.failed else f"All {_counted(len(gating.results), 'gate')} held"


def summary(comparison: Comparison) -> str:
    """The change in one sentence."""
    return (
        f"{_counted(comparison.paired, 'case')} in both: accuracy {_change(comparison.accuracy)}, "
        f"macro F1 {_change(comparison.macro_f1)}; {comparison.lost} newly wrong, "
        f"{comparison.won} newly right (McNemar p = {comparison.p_value:.3f})."
    )


def remarks(comparison: Comparison) -> Iterator[str]:
    """What a reader must know before believing the comparison."""
    yield from (f"Differs: {difference}" for difference in comparison.differences)
    silent = comparison.newly_ungraded
    for what, case_ids in (
        ("Newly ungraded", silent),
        ("Reworded, or graded in one run only", _without(comparison.unpaired, silent)),
        ("Relabelled; both runs are held to the new label", comparison.relabelled),
    ):
        if case_ids:
            yield f"{what} ({len(case_ids)}): {_named(case_ids)}"


def _without(case_ids: Sequence[str], others: Sequence[str]) -> list[str]:
    told = set(others)
    return [case_id for case_id in case_ids if case_id not in told]


def _named(case_ids: Sequence[str]) -> str:
    more = f" and {len(case_ids) - NAMED:,} more" if len(case_ids) > NAMED else ""
    return ", ".join(case_ids[:NAMED]) + more


def _change(change: Estimate) -> str:
    return f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
