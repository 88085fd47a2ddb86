"""One self-contained HTML page: why it is red, the plots, every flip with its evidence."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from urllib.parse import quote

import jinja2

from service.escaping import printable
from service.evaluation.gates.gates import GateResult
from service.evaluation.metrics.robustness import unchanged
from service.evaluation.reports.marked_evidence import marked, misquoted
from service.evaluation.reports.report import Report, headline, interval
from service.evaluation.reports.sections import Sections, sections
from service.evaluation.reports.sentences import counts, outcome, remarks, summary
from service.evaluation.reports.templates import templates
from service.evaluation.runs.comparison import Flip
from service.evaluation.runs.run import Line
from service.judging.models import Verdict
from service.judging.verdict_definitions import read_verdict_definitions

__all__ = ["html"]

Link = tuple[str, str | None]


def html(report: Report) -> str:
    """The page; it loads and runs nothing, and shows customers' words as text only."""
    shown = sections(report)
    page = (
        _environment()
        .get_template("page.html.jinja")
        .render(
            report=report,
            metrics=report.metrics,
            comparison=report.comparison,
            gating=report.gating,
            figures=list(headline(report.metrics.model_copy(update={"changes": {}}))),
            verdicts=list(Verdict),
            definitions=read_verdict_definitions(),
            questions=_questions(report),
            shown=shown,
            flips=_by_outcome(report.flips),
            why=list(_why(report, shown)),
            cases={line.case.id: line.case for line in report.run.plain},
            before=unchanged(report.run.lines),
            wrong_before=report.wrong_before,
        )
    )
    return printable(page)


def _why(report: Report, shown: Sections) -> Iterator[tuple[GateResult, list[Link]]]:
    """Each failed gate with its cases, worst question first, and where on the page they stand."""
    for gate in report.gating.failed if report.gating else ():
        yield gate, [(name, shown.anchor(gate, name)) for name in report.cases_of(gate)]


def _by_outcome(flips: Sequence[Flip]) -> dict[str, list[Flip]]:
    named = {
        "Newly wrong": [flip for flip in flips if flip.was_lost],
        "Wrong before and now, in another way": [
            flip for flip in flips if not flip.was_lost and not flip.was_won
        ],
        "Newly right": [flip for flip in flips if flip.was_won],
    }
    return {heading: own for heading, own in named.items() if own}


def _questions(report: Report) -> Mapping[str, Mapping[Verdict, tuple[int, int]]]:
    """For each question and expected verdict: cases given the right one, and cases graded."""
    lines: dict[str, list[Line]] = {name: [] for name in report.metrics.groups["question"]}
    for line in report.run.plain:
        if line.given:
            lines[line.case.question_id].append(line)
    return {
        name: {verdict: _right(own, verdict) for verdict in Verdict} for name, own in lines.items()
    }


def _right(lines: Sequence[Line], verdict: Verdict) -> tuple[int, int]:
    expected = [line for line in lines if line.case.verdict is verdict]
    return sum(line.is_right for line in expected), len(expected)


def _fragment(anchor: str) -> str:
    return quote(printable(anchor))


@cache
def _environment() -> jinja2.Environment:
    environment = templates()
    environment.filters |= {"interval": interval, "fragment": _fragment}
    environment.globals |= {
        "counts": counts,
        "marked": marked,
        "misquoted": misquoted,
        "outcome": outcome,
        "remarks": remarks,
        "summary": summary,
    }
    return environment
