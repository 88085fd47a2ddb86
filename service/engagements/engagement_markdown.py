"""Write an engagement as a Markdown scorecard: what to ask next, then what was answered."""

from collections.abc import Iterable, Iterator

from service.engagements.engagement_sentences import (
    describe_coverage,
    describe_probes,
    describe_standing,
    format_minute,
    list_missing,
    list_quotes,
    summarise,
)
from service.engagements.models import Engagement, OpenProbe, PlaybookCoverage, QuestionCoverage
from service.escaping import as_markdown, printable

__all__ = ["write_markdown"]

_LONGEST = 1000  # characters of one text, so that a row stays readable
_HEAD = ("question", "verdict", "what the customer said", "why", "missing")


def write_markdown(engagement: Engagement) -> str:
    """Write a page for the deal's notes; no text of a customer becomes markup there."""
    return printable("\n".join(_write_lines(engagement)) + "\n")


def _write_lines(engagement: Engagement) -> Iterator[str]:
    yield f"# Engagement {_escape(engagement.id)}"
    yield ""
    yield f"{summarise(engagement)} Last answer: {format_minute(engagement.updated_at)}."
    yield ""
    if engagement.needs_review:
        yield f"To review: {', '.join(map(_escape, engagement.needs_review))}."
        yield ""
    yield from _write_list("Ask next", map(_write_probe, engagement.probes))
    yield from _write_list("Not asked yet", map(_write_question, engagement.unasked))
    for playbook in engagement.playbooks:
        yield from _write_playbook(playbook)


def _write_list(title: str, points: Iterable[str]) -> Iterator[str]:
    lines = [f"- {point}" for point in points]
    if lines:
        yield from (f"## {title}", "", *lines, "")


def _write_probe(probe: OpenProbe) -> str:
    name = f"**{_escape(probe.question_id)}**"
    return f"{name} ({probe.verdict}{describe_probes(probe)}): {_escape(probe.probe)}"


def _write_question(question: QuestionCoverage) -> str:
    text = f": {_escape(question.text)}" if question.text else ""
    return f"**{_escape(question.id)}**{text}"


def _write_playbook(playbook: PlaybookCoverage) -> Iterator[str]:
    yield f"## {_escape(playbook.title or playbook.id)}: {describe_coverage(playbook.counts)}"
    yield ""
    yield f"| {' | '.join(_HEAD)} |"
    yield "|---" * len(_HEAD) + "|"
    for question in playbook.asked:
        yield f"| {' | '.join(_write_cells(question))} |"
    yield ""


def _write_cells(question: QuestionCoverage) -> Iterator[str]:
    latest = question.latest
    yield _write_question(question)
    yield f"{describe_standing(question)}{'; review' if latest and latest.needs_review else ''}"
    yield " · ".join(map(_escape, list_quotes(question)))
    yield _escape(latest.rationale) if latest else ""
    yield _escape("; ".join(list_missing(question)))


def _escape(text: str) -> str:
    return as_markdown(text, _LONGEST)
