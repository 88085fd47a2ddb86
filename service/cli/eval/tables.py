"""Tables of runs, comparisons and gates for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.console import console, counted, visible
from service.evaluation.gates.gates import GateCheck, GateResult
from service.evaluation.metrics.figure import format_change, format_estimate
from service.evaluation.metrics.measure import Metrics
from service.evaluation.reports.changed_questions import describe_news, find_news, head_news
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import Comparison, Flip
from service.judging.models import Verdict

__all__ = ["make_comparison_table", "make_gates_table", "make_metrics_table"]

SHOWN_FLIPS = 30


def make_metrics_table(metrics: Metrics, *, title: str) -> RenderableType:
    """Make tables of the headline figures and the confusion matrix."""
    figures = Table.grid(padding=(0, 2, 0, 0))
    for figure in metrics.list_headline():
        figures.add_row(Text(figure.label), Text(figure.text))
    matrix = Table("expected ↓ given →", *(verdict.value for verdict in Verdict))
    shares = Table("verdict", "recall", "precision")
    for verdict, row in metrics.verdicts.confusion.items():
        one = metrics.verdicts.by_verdict[verdict]
        matrix.add_row(verdict.value, *(str(row[given]) for given in Verdict))
        shares.add_row(verdict.value, format_estimate(one.recall), format_estimate(one.precision))
    counts = f"{counted(metrics.cases, 'case')}, {sum(metrics.ungraded.values())} ungraded"
    if metrics.changes:
        changed = sum(kind.changed for kind in metrics.changes.values())
        ungraded = sum(kind.ungraded for kind in metrics.changes.values())
        counts += f"; {counted(changed, 'changed answer')}, {ungraded} ungraded"
    return Group(Text(f"{title}: {counts}", style="bold"), figures, matrix, shares)


def make_comparison_table(
    comparison: Comparison, *, limit: int | None = SHOWN_FLIPS
) -> RenderableType:
    """Make tables of the change as a whole, by question and case by case.

    At most `limit` flips are shown, all of them if it is None.
    """
    parts: list[RenderableType] = [
        Text(f"{comparison.new} against {comparison.base}", style="bold"),
        *(Text(f"differs: {difference}", style="yellow") for difference in comparison.differences),
        Text(
            f"{comparison.paired} cases in both: accuracy {format_change(comparison.accuracy)}, "
            f"macro F1 {format_change(comparison.macro_f1)}"
        ),
        Text(
            f"{comparison.won} newly right, {comparison.lost} newly wrong "
            f"(McNemar p = {comparison.p_value:.3f})"
        ),
    ]
    if comparison.newly_ungraded:
        ungraded = ", ".join(comparison.newly_ungraded[:5])
        parts.append(Text(f"newly ungraded: {ungraded}", style="yellow"))
    said = {*comparison.newly_ungraded, *comparison.cases.new, *comparison.cases.removed}
    unpaired = [name for name in comparison.unpaired if name not in said]
    if unpaired:
        parts.append(Text(f"not in both: {', '.join(unpaired[:5])}", style="dim"))
    if comparison.reworded:
        parts.append(Text(f"questions worded differently: {', '.join(comparison.reworded)}"))
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
    parts += [_make_flip_table(flip) for flip in ordered[:limit]]
    if limit is not None and len(ordered) > limit:
        parts.append(Text(f"and {len(ordered) - limit} more flips", style="dim"))
    return Group(*parts)


def make_gates_table(report: RunReport, *, explain: bool) -> RenderableType:
    """List what is newly wrong by question, then the gates, those that failed first.

    With `explain`, also the cases that made one fail. Those that the baseline has wrong too are
    only counted: they tell nothing about the change.
    """
    check = report.gating or GateCheck()
    parts = [Text(f"BROKEN  {reason}", style="bold yellow") for reason in check.broken]
    news = find_news(report) if check.failed else []
    if news and report.comparison:
        parts.append(Text(head_news(news, report.comparison), style="bold red"))
        parts += [Text(f"        {line}") for line in describe_news(news)]
    for result in check.failed:
        parts.append(Text.assemble(("FAIL    ", "bold red"), result.said))
        parts += [Text(f"        {line}") for line in _explain_failure(report, result, explain)]
    for result in check.results:
        if result.passed:
            parts.append(Text.assemble(("pass    ", "green"), result.said))
    outcome = ("every gate held", "a gate failed", "the run itself broke")[check.exit_code]
    return Group(*parts, Text(outcome, style="bold"))


def _explain_failure(report: RunReport, result: GateResult, explain: bool) -> Iterator[str]:
    known = set(report.find_known(result))
    cases = [name for name in report.rank_cases(result) if name not in known]
    if cases:
        yield f"questions: {', '.join(report.rank_questions(result)[:5])}"
        if explain:
            yield f"cases: {', '.join(cases)}"
    if known:
        yield f"{counted(len(known), 'case')} wrong in the baseline too"


def _make_flip_table(flip: Flip) -> RenderableType:
    """Make a table of one flipped case: both grades side by side, then the answer."""
    # Title and answer are not the table's own: it would wrap them to its width.
    mark = "[red]✗[/]" if flip.was_lost else "[green]✓[/]" if flip.was_won else "·"
    table = Table(
        f"base: {flip.base.verdict}",
        f"new: {flip.new.verdict}",
        expand=console.file.isatty(),
    )
    table.add_row(Text(visible(flip.base.rationale)), Text(visible(flip.new.rationale)))
    title = f"[italic]{mark} {flip.case.id}: expected {flip.case.verdict}[/]"
    answer = Text(visible(flip.case.answer[:300]), style="dim italic")
    return Group(Text.from_markup(title), table, answer)
