"""Render a run's report as Markdown for a job summary: red or green, why, and the changes."""

from collections.abc import Iterable, Iterator, Sequence

from service.escaping import as_markdown, printable
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import GateCheck
from service.evaluation.metrics.figure import format_estimate
from service.evaluation.metrics.measure import Metrics
from service.evaluation.reports.changed_questions import describe_news, find_news, head_news
from service.evaluation.reports.report import RunReport
from service.evaluation.reports.run_sentences import (
    count_cases,
    describe_check,
    list_remarks,
    summarize,
)
from service.evaluation.runs.comparison import Flip
from service.judging.models import Verdict

__all__ = ["render_markdown"]

SHOWN, SHOWN_QUESTIONS = 20, 200


def render_markdown(report: RunReport) -> str:
    """Render a page that can be read in a minute, the reason of a red build first.

    Long lists and texts are cut, so that the page stays far below the 1 MiB that GitHub takes.
    """
    return printable("\n".join(_write_lines(report)) + "\n")


def _write_lines(report: RunReport) -> Iterator[str]:
    yield f"## Probewise: {as_markdown(report.title)}"
    yield ""
    if report.gating:
        yield from _write_gates(report, report.gating)
    yield f"Run {as_markdown(report.run.name)}: {count_cases(report.metrics)}."
    yield ""
    yield from _write_ungraded([result for result in report.run.unchanged if result.ungraded])
    yield from _write_comparison(report)
    yield from _write_figures(report.metrics)
    yield from _write_confusion(report.metrics)
    yield from _write_questions(report)


def _write_gates(report: RunReport, gating: GateCheck) -> Iterator[str]:
    yield f"**{'✅❌⚠'[gating.exit_code]} {describe_check(gating)}**"
    yield ""
    yield from (f"- ⚠ {as_markdown(reason)}" for reason in gating.broken)
    if gating.exit_code:
        yield from _write_news(report)
    for result in gating.failed[:SHOWN]:
        known = set(report.find_known(result))
        ranked = (name for name in report.rank_cases(result) if name not in known)
        cases = [name for name in ranked if name not in result.said]
        parts = [_list_cases(cases)] if cases else []
        parts += [f"{len(known):,} wrong before too"] if known else []
        where = f" ({'; '.join(parts)})" if parts else ""
        yield f"- ❌ {as_markdown(result.said, 500)}{where}"
    if len(gating.failed) > SHOWN:
        yield f"- and {len(gating.failed) - SHOWN} more"
    if gating.exit_code:
        yield ""


def _write_news(report: RunReport) -> Iterator[str]:
    """Write what is newly wrong by question, before the gates, which may name old faults too."""
    news = find_news(report)
    if news and report.comparison:
        yield f"- {as_markdown(head_news(news, report.comparison))}"
        yield from (f"  - {as_markdown(line, 500)}" for line in describe_news(news))


def _write_ungraded(results: list[CaseResult]) -> Iterator[str]:
    if results:
        rows = (
            (result.case.id, result.ungraded.reason, result.ungraded.detail)
            for result in results
            if result.ungraded
        )
        yield from _write_table(("ungraded", "reason", "detail"), rows, len(results), SHOWN)


def _write_comparison(report: RunReport) -> Iterator[str]:
    if report.comparison:
        yield f"### Against {as_markdown(report.comparison.base)}"
        yield ""
        yield summarize(report.comparison)
        yield ""
        known = [f"- {as_markdown(remark, 1000)}" for remark in list_remarks(report.comparison)]
        yield from (*known[:SHOWN], "") if known else ()
        yield from _write_flips(report.flips)


def _write_flips(flips: list[Flip]) -> Iterator[str]:
    if flips:
        rows = (
            (
                ("❌ " if flip.was_lost else "✅ " if flip.was_won else "") + flip.case.id,
                flip.case.verdict,
                flip.base.verdict,
                flip.new.verdict,
                flip.new.rationale,
            )
            for flip in flips
        )
        head = ("case", "expected", "baseline", "this run", "why, says this run")
        yield from _write_table(head, rows, len(flips), SHOWN)


def _write_figures(metrics: Metrics) -> Iterator[str]:
    rows = [(figure.label, figure.text) for figure in metrics.list_headline()]
    yield from _write_table(("figure", "value (95 % interval)"), rows, len(rows), len(rows))


def _write_confusion(metrics: Metrics) -> Iterator[str]:
    rows = (
        (
            verdict,
            *(str(row[given]) for given in Verdict),
            format_estimate(metrics.verdicts.by_verdict[verdict].recall),
            format_estimate(metrics.verdicts.by_verdict[verdict].precision),
        )
        for verdict, row in metrics.verdicts.confusion.items()
    )
    head = ("expected ↓ given →", *Verdict, "recall", "precision")
    yield from _write_table(head, rows, len(Verdict), len(Verdict))


def _write_questions(report: RunReport) -> Iterator[str]:
    changes = report.comparison.questions if report.comparison else {}
    groups = report.metrics.groups["question"]
    rows = (
        (
            name,
            str(group.n),
            format_estimate(group.accuracy),
            str(changes[name].lost) if name in changes else "-",
            str(changes[name].won) if name in changes else "-",
        )
        for name, group in groups.items()
    )
    yield "<details><summary>By question</summary>"
    yield ""
    head = ("question", "grades", "accuracy", "newly wrong", "newly right")
    yield from _write_table(head, rows, len(groups), SHOWN_QUESTIONS)
    yield "</details>"


def _write_table(
    head: Iterable[str], rows: Iterable[Iterable[str]], total: int, shown: int
) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield "|---" * len(names) + "|"
    for _, row in zip(range(shown), rows, strict=False):
        yield f"| {' | '.join(as_markdown(cell) for cell in row)} |"
    yield ""
    if total > shown:
        yield f"and {total - shown:,} more"
        yield ""


def _list_cases(case_ids: Sequence[str]) -> str:
    more = f" and {len(case_ids) - 5:,} more" if len(case_ids) > 5 else ""
    return ", ".join(as_markdown(case_id) for case_id in case_ids[:5]) + more
