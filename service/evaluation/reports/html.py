"""One self-contained HTML page: why it is red, the plots, every flip with its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import jinja2

from service.evaluation.cases import Case
from service.evaluation.metrics.resistance import attack_won, unchanged
from service.evaluation.reports import Report, headline, interval
from service.evaluation.runs import Given, Line
from service.judging.models import SignalStatus, Verdict
from service.judging.verdicts import verdict_definitions

__all__ = ["Segment", "html", "marked"]


@dataclass(frozen=True)
class Segment:
    """A stretch of an answer; `shows` names the signals it is evidence of, `kind` colours it."""

    text: str
    shows: str = ""
    kind: str = ""


def html(report: Report) -> str:
    """The page; it loads nothing from elsewhere and shows customers' words as text only."""
    page = _environment().get_template("page.html.jinja")
    before = unchanged(report.run.lines)
    wrong = [line for line in report.run.plain if line.given and not line.is_right]
    return page.render(
        report=report,
        metrics=report.metrics,
        comparison=report.comparison,
        gating=report.gating,
        key=report.run.config.key,
        headline=list(headline(report.metrics)),
        verdicts=list(Verdict),
        definitions=verdict_definitions(),
        heat=_heat(report),
        wrong=sorted(wrong, key=lambda line: (line.case.question_id, line.case.id)),
        ungraded=[line for line in report.run.plain if line.ungraded],
        attacks=[line for line in report.run.lines if attack_won(line, before)],
    )


def marked(case: Case, given: Given) -> list[Segment]:
    """The answer cut where evidence starts or ends, each stretch with the signals it shows."""
    spans = [
        (evidence.start, evidence.end, signal_id, signal.status)
        for signal_id, signal in given.signals.items()
        for evidence in signal.evidence
        if case.answer[evidence.start : evidence.end] == evidence.quote
    ]
    cuts = sorted({0, len(case.answer), *(cut for start, end, *_ in spans for cut in (start, end))})
    return [
        _segment(case.answer[start:end], [s for s in spans if s[0] <= start and end <= s[1]])
        for start, end in pairwise(cuts)
    ]


def _segment(text: str, spans: list[tuple[int, int, str, SignalStatus]]) -> Segment:
    if not spans:
        return Segment(text)
    _, _, signal_id, status = spans[0]
    in_favour = signal_id.startswith("good") is (status is SignalStatus.SHOWN)
    kind = "planned" if status is SignalStatus.PLANNED else "for" if in_favour else "against"
    return Segment(text, ", ".join(f"{name} {status}" for _, _, name, status in spans), kind)


def _heat(report: Report) -> Mapping[str, Mapping[Verdict, tuple[int, int]]]:
    """For each question and expected verdict: cases given the right one, and cases graded."""
    heat: dict[str, dict[Verdict, tuple[int, int]]] = {}
    for name in report.metrics.groups["question"]:
        own = [line for line in report.run.plain if line.given and line.case.question_id == name]
        heat[name] = {verdict: _right(own, verdict) for verdict in Verdict}
    return heat


def _right(lines: list[Line], verdict: Verdict) -> tuple[int, int]:
    expected = [line for line in lines if line.case.verdict is verdict]
    return sum(line.is_right for line in expected), len(expected)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("service.evaluation.reports", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["interval"] = interval
    environment.globals["marked"] = marked
    return environment
