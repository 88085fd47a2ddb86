"""An engagement as a Markdown scorecard: what to ask next, then what was answered."""

from collections.abc import Iterable, Iterator

from service.engagements.models import Engagement, OpenProbe, PlaybookCoverage, QuestionCoverage
from service.engagements.sentences import (
    coverage,
    minute,
    missing,
    probed,
    quotes,
    standing,
    summary,
)
from service.escaping import as_markdown, printable

__all__ = ["scorecard"]

_LONGEST = 1000  # characters of one text, so that a row can be read
_HEAD = ("question", "verdict", "what the customer said", "why", "missing")


def scorecard(engagement: Engagement) -> str:
    """A page for the deal's notes; whatever a customer said, it is text there and nothing else."""
    return printable("\n".join(_lines(engagement)) + "\n")


def _lines(engagement: Engagement) -> Iterator[str]:
    yield f"# Engagement {_plain(engagement.id)}"
    yield ""
    yield f"{summary(engagement)} Last answer: {minute(engagement.updated_at)}."
    yield ""
    if engagement.needs_review:
        yield f"To review: {', '.join(map(_plain, engagement.needs_review))}."
        yield ""
    yield from _listed("Ask next", map(_probe, engagement.probes))
    yield from _listed("Not asked yet", map(_named, engagement.unasked))
    for playbook in engagement.playbooks:
        yield from _playbook(playbook)


def _listed(title: str, points: Iterable[str]) -> Iterator[str]:
    lines = [f"- {point}" for point in points]
    if lines:
        yield from (f"## {title}", "", *lines, "")


def _probe(probe: OpenProbe) -> str:
    name = f"**{_plain(probe.question_id)}**"
    return f"{name} ({probe.verdict}{probed(probe)}): {_plain(probe.probe)}"


def _named(question: QuestionCoverage) -> str:
    text = f": {_plain(question.text)}" if question.text else ""
    return f"**{_plain(question.id)}**{text}"


def _playbook(playbook: PlaybookCoverage) -> Iterator[str]:
    yield f"## {_plain(playbook.title or playbook.id)}: {coverage(playbook.counts)}"
    yield ""
    yield f"| {' | '.join(_HEAD)} |"
    yield "|---" * len(_HEAD) + "|"
    for question in playbook.asked:
        yield f"| {' | '.join(_cells(question))} |"
    yield ""


def _cells(question: QuestionCoverage) -> Iterator[str]:
    latest = question.latest
    yield _named(question)
    yield f"{standing(question)}{'; review' if latest and latest.needs_review else ''}"
    yield " · ".join(map(_plain, quotes(question)))
    yield _plain(latest.rationale) if latest else ""
    yield _plain("; ".join(missing(question)))


def _plain(text: str) -> str:
    return as_markdown(text, _LONGEST)
