"""Markdown for a job summary: red or green, why, and what changed."""

from collections.abc import Iterable, Iterator, Sequence

from service.escaping import as_markdown, printable
from service.evaluation.gates.gates import Gating
from service.evaluation.metrics.measure import Metrics
from service.evaluation.reports.report import Report, headline, interval
from service.evaluation.reports.sentences import counts, outcome, remarks, summary
from service.evaluation.runs.comparison import Flip
from service.evaluation.runs.run import Line
from service.judging.models import Verdict

__all__ = ["markdown"]

SHOWN, SHOWN_QUESTIONS = 20, 200


def markdown(report: Report) -> str:
    """A page that can be read in a minute, the reason of a red build first.

    Long lists and texts are cut, so that it stays far below the 1 MiB that GitHub takes.
    """
    return printable("\n".join(_lines(report)) + "\n")


def _lines(report: Report) -> Iterator[str]:
    yield f"## Probewise: {as_markdown(report.title)}"
    yield ""
    if report.gating:
        yield from _gates(report, report.gating)
    yield f"Run {as_markdown(report.run.name)}: {counts(report.metrics)}."
    yield ""
    yield from _ungraded([line for line in report.run.plain if line.ungraded])
    yield from _comparison(report)
    yield from _figures(report.metrics)
    yield from _confusion(report.metrics)
    yield from _questions(report)


def _gates(report: Report, gating: Gating) -> Iterator[str]:
    yield f"**{'✅❌⚠'[gating.exit_code]} {outcome(gating)}**"
    yield ""
    yield from (f"- ⚠ {as_markdown(reason)}" for reason in gating.broken)
    for result in gating.failed[:SHOWN]:
        cases = [name for name in report.cases_of(result) if name not in result.said]
        where = f" ({_listed(cases)})" if cases else ""
        yield f"- ❌ {as_markdown(result.said, 500)}{where}"
    if len(gating.failed) > SHOWN:
        yield f"- and {len(gating.failed) - SHOWN} more"
    if gating.exit_code:
        yield ""


def _ungraded(lines: list[Line]) -> Iterator[str]:
    if lines:
        rows = (
            (line.case.id, line.ungraded.reason, line.ungraded.detail)
            for line in lines
            if line.ungraded
        )
        yield from _table(("ungraded", "reason", "detail"), rows, len(lines), SHOWN)


def _comparison(report: Report) -> Iterator[str]:
    if report.comparison:
        yield f"### Against {as_markdown(report.comparison.base)}"
        yield ""
        yield summary(report.comparison)
        yield ""
        known = [f"- {as_markdown(remark, 1000)}" for remark in remarks(report.comparison)]
        yield from (*known[:SHOWN], "") if known else ()
        yield from _flips(report.flips)


def _flips(flips: list[Flip]) -> Iterator[str]:
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
        yield from _table(head, rows, len(flips), SHOWN)


def _figures(metrics: Metrics) -> Iterator[str]:
    rows = list(headline(metrics))
    yield from _table(("figure", "value (95 % interval)"), rows, len(rows), len(rows))


def _confusion(metrics: Metrics) -> Iterator[str]:
    rows = (
        (
            verdict,
            *(str(row[given]) for given in Verdict),
            interval(metrics.verdicts.by_verdict[verdict].recall),
            interval(metrics.verdicts.by_verdict[verdict].precision),
        )
        for verdict, row in metrics.verdicts.confusion.items()
    )
    head = ("expected ↓ given →", *Verdict, "recall", "precision")
    yield from _table(head, rows, len(Verdict), len(Verdict))


def _questions(report: Report) -> Iterator[str]:
    changes = report.comparison.questions if report.comparison else {}
    groups = report.metrics.groups["question"]
    rows = (
        (
            name,
            str(group.n),
            interval(group.accuracy),
            str(changes[name].lost) if name in changes else "-",
            str(changes[name].won) if name in changes else "-",
        )
        for name, group in groups.items()
    )
    yield "<details><summary>By question</summary>"
    yield ""
    head = ("question", "grades", "accuracy", "newly wrong", "newly right")
    yield from _table(head, rows, len(groups), SHOWN_QUESTIONS)
    yield "</details>"


def _table(
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


def _listed(case_ids: Sequence[str]) -> str:
    more = f" and {len(case_ids) - 5:,} more" if len(case_ids) > 5 else ""
    return ", ".join(as_markdown(case_id) for case_id in case_ids[:5]) + more
