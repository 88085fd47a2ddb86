"""Runs, comparisons and gates as tables in a terminal."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.console import counted, visible
from service.evaluation.gates.gates import Gating
from service.evaluation.metrics.measure import Metrics
from service.evaluation.reports.report import headline, interval
from service.evaluation.runs.comparison import Comparison, Flip
from service.judging.models import Verdict

__all__ = ["comparison_table", "gating_table", "metrics_table"]

SHOWN_FLIPS = 30


def metrics_table(metrics: Metrics, *, title: str) -> RenderableType:
    """The headline figures and the confusion matrix."""
    figures = Table.grid(padding=(0, 2, 0, 0))
    for name, value in headline(metrics):
        figures.add_row(Text(name), Text(value))
    matrix = Table("expected ↓ given →", *(verdict.value for verdict in Verdict))
    shares = Table("verdict", "recall", "precision")
    for verdict, row in metrics.verdicts.confusion.items():
        one = metrics.verdicts.by_verdict[verdict]
        matrix.add_row(verdict.value, *(str(row[given]) for given in Verdict))
        shares.add_row(verdict.value, interval(one.recall), interval(one.precision))
    told = f"{counted(metrics.cases, 'case')}, {sum(metrics.ungraded.values())} ungraded"
    if metrics.changes:
        changed = sum(kind.changed for kind in metrics.changes.values())
        silent = sum(kind.ungraded for kind in metrics.changes.values())
        told += f"; {counted(changed, 'changed answer')}, {silent} ungraded"
    return Group(Text(f"{title}: {told}", style="bold"), figures, matrix, shares)


def comparison_table(comparison: Comparison, *, limit: int | None = SHOWN_FLIPS) -> RenderableType:
    """What changed, as a whole, by question and case by case; `limit` None shows every flip."""
    change, f1 = comparison.accuracy, comparison.macro_f1
    parts: list[RenderableType] = [
        Text(f"{comparison.new} against {comparison.base}", style="bold"),
        *(Text(f"differs: {difference}", style="yellow") for difference in comparison.differences),
        Text(
            f"{comparison.paired} cases in both: accuracy {change.value:+.3f} "
            f"({change.low:+.3f} to {change.high:+.3f}), macro F1 {f1.value:+.3f} "
            f"({f1.low:+.3f} to {f1.high:+.3f})"
        ),
        Text(
            f"{comparison.won} newly right, {comparison.lost} newly wrong "
            f"(McNemar p = {comparison.p_value:.3f})"
        ),
    ]
    if comparison.newly_ungraded:
        silent = ", ".join(comparison.newly_ungraded[:5])
        parts.append(Text(f"newly ungraded: {silent}", style="yellow"))
    if comparison.unpaired:
        parts.append(Text(f"not in both: {', '.join(comparison.unpaired[:5])}", style="dim"))
    if comparison.relabelled:
        parts.append(Text(f"relabelled: {', '.join(comparison.relabelled[:5])}", style="dim"))
    moved = {name: q for name, q in comparison.questions.items() if q.lost or q.won}
    if moved:
        table = Table("question", "cases", "newly wrong", "newly right", "p, corrected")
        for name, question in sorted(moved.items(), key=lambda pair: pair[1].p_value):
            row = (str(question.n), str(question.lost), str(question.won))
            table.add_row(name, *row, f"{question.p_value:.3f}")
        parts.append(table)
    ordered = sorted(comparison.flips, key=lambda flip: (not flip.was_lost, flip.case.id))
    parts += [_flip(flip) for flip in ordered[:limit]]
    if limit is not None and len(ordered) > limit:
        parts.append(Text(f"and {len(ordered) - limit} more flips", style="dim"))
    return Group(*parts)


def gating_table(gating: Gating, *, explain: bool) -> RenderableType:
    """Each gate with what it found; with `explain`, the cases that moved the failed ones."""
    parts = [Text(f"BROKEN  {reason}", style="bold yellow") for reason in gating.broken]
    for result in gating.results:
        state = ("pass    ", "green") if result.passed else ("FAIL    ", "bold red")
        parts.append(Text.assemble(state, result.said))
        if not result.passed and result.questions:
            parts.append(Text(f"        questions: {', '.join(result.questions[:5])}"))
        if explain and result.cases:
            parts.append(Text(f"        cases: {', '.join(result.cases)}", style="dim"))
    said = ("every gate held", "a gate failed", "the run itself broke")[gating.exit_code]
    return Group(*parts, Text(said, style="bold"))


def _flip(flip: Flip) -> Table:
    """One flipped case: answer, then both grades side by side."""
    mark = "[red]✗[/]" if flip.was_lost else "[green]✓[/]" if flip.was_won else "·"
    table = Table(
        f"base: {flip.base.verdict}",
        f"new: {flip.new.verdict}",
        title=f"{mark} {flip.case.id}: expected {flip.case.verdict}",
        caption=Text(visible(flip.case.answer[:300])),
        title_justify="left",
        caption_justify="left",
        expand=True,
    )
    table.add_row(Text(visible(flip.base.rationale)), Text(visible(flip.new.rationale)))
    return table
