"""Render a run's report as one HTML page: failed gates, plots, every flip with its evidence."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from urllib.parse import quote

import jinja2

from service.escaping import printable
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import GateResult
from service.evaluation.metrics.figure import Concern, format_estimate, map_unchanged_verdicts
from service.evaluation.reports.changed_questions import describe_news, find_news, head_news
from service.evaluation.reports.marked_evidence import find_misquotes, mark_evidence
from service.evaluation.reports.report import RunReport
from service.evaluation.reports.run_sentences import (
    count_cases,
    describe_check,
    list_remarks,
    summarize,
)
from service.evaluation.reports.sections import CaseSections, divide_cases
from service.evaluation.runs.comparison import Flip
from service.judging.models import Verdict
from service.judging.verdict_definitions import read_verdict_definitions

__all__ = ["load_templates", "render_html"]

Link = tuple[str, str | None]


def render_html(report: RunReport) -> str:
    """Render a page that loads and runs nothing, and shows customers' words as text only."""
    shown = divide_cases(report)
    page = (
        _load_environment()
        .get_template("page.html.jinja")
        .render(
            report=report,
            metrics=report.metrics,
            comparison=report.comparison,
            gating=report.gating,
            figures=[
                figure
                for figure in report.metrics.list_headline()
                if figure.concern is not Concern.CHANGED  # the page has a table of their own
            ],
            verdicts=list(Verdict),
            definitions=read_verdict_definitions(),
            questions=_count_by_question(report),
            shown=shown,
            flips=_group_flips(report.flips),
            why=list(_explain_failures(report, shown)),
            news=list(_head_failures(report)),
            cases={result.case.id: result.case for result in report.run.unchanged},
            before=map_unchanged_verdicts(report.run.results),
            wrong_before=report.wrong_before,
        )
    )
    return printable(page)


def _head_failures(report: RunReport) -> Iterator[str]:
    """Yield the line above what is newly wrong, then a line for each question."""
    news = find_news(report)
    if news and report.comparison:
        yield head_news(news, report.comparison)
        yield from describe_news(news)


def _explain_failures(
    report: RunReport, shown: CaseSections
) -> Iterator[tuple[GateResult, list[str], list[Link], list[Link]]]:
    """Yield each failed gate with its questions, its cases, and those that were wrong before."""
    for gate in report.gating.failed if report.gating else ():
        known = set(report.find_known(gate))
        cases = [(name, shown.find_anchor(gate, name)) for name in report.rank_cases(gate)]
        new = [link for link in cases if link[0] not in known]
        yield gate, report.rank_questions(gate), new, cases[len(new) :]


def _group_flips(flips: Sequence[Flip]) -> dict[str, list[Flip]]:
    named = {
        "Newly wrong": [flip for flip in flips if flip.was_lost],
        "Wrong before and now, in another way": [
            flip for flip in flips if not flip.was_lost and not flip.was_won
        ],
        "Newly right": [flip for flip in flips if flip.was_won],
    }
    return {heading: own for heading, own in named.items() if own}


def _count_by_question(report: RunReport) -> Mapping[str, Mapping[Verdict, tuple[int, int]]]:
    """Count for each question and expected verdict the right cases, and the graded ones."""
    results: dict[str, list[CaseResult]] = {name: [] for name in report.metrics.groups["question"]}
    for result in report.run.unchanged:
        if result.given:
            results[result.case.question_id].append(result)
    return {
        name: {verdict: _count_right(own, verdict) for verdict in Verdict}
        for name, own in results.items()
    }


def _count_right(results: Sequence[CaseResult], verdict: Verdict) -> tuple[int, int]:
    expected = [result for result in results if result.case.verdict is verdict]
    return sum(result.is_right for result in expected), len(expected)


def _fragment(anchor: str) -> str:
    return quote(printable(anchor))


def load_templates() -> jinja2.Environment:
    """Make an environment over this package's templates.

    Everything is shown as text unless a template says otherwise, and an unknown name is an error.
    """
    return jinja2.Environment(
        loader=jinja2.PackageLoader("service.evaluation.reports", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _load_environment() -> jinja2.Environment:
    environment = load_templates()
    environment.filters |= {"interval": format_estimate, "fragment": _fragment}
    environment.globals |= {
        "counts": count_cases,
        "marked": mark_evidence,
        "misquoted": find_misquotes,
        "outcome": describe_check,
        "remarks": list_remarks,
        "summary": summarize,
    }
    return environment
