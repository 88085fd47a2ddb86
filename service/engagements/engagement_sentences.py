"""Put an engagement into the words that its exports and the command line share."""

from datetime import UTC, datetime

from service.engagements.models import (
    Counts,
    Engagement,
    OpenProbe,
    QuestionCoverage,
    QuestionStatus,
)
from service.judging.models import SignalGrade, Verdict

__all__ = [
    "describe_coverage",
    "describe_probes",
    "describe_standing",
    "format_minute",
    "list_missing",
    "list_quotes",
    "summarise",
]


def describe_coverage(counts: Counts) -> str:
    """Give `3 of 8 questions answered`."""
    noun = "question" if counts.questions == 1 else "questions"
    return f"{counts.statuses[QuestionStatus.ANSWERED]} of {counts.questions} {noun} answered"


def summarise(engagement: Engagement) -> str:
    """Say in one sentence what is covered, with which verdicts, and what is not."""
    counts = engagement.counts
    verdicts = ", ".join(
        f"{n} {verdict}"
        for verdict, n in counts.verdicts.items()
        if verdict is not Verdict.UNANSWERED
    )
    rest = {
        "unanswered": counts.verdicts[Verdict.UNANSWERED],
        "ungraded": counts.statuses[QuestionStatus.UNGRADED],
        "not asked yet": len(engagement.unasked),
    }
    others = ", ".join(f"{n} {what}" for what, n in rest.items() if n)
    return f"{describe_coverage(counts)}: {verdicts}{'; ' if others else ''}{others}."


def describe_standing(question: QuestionCoverage) -> str:
    """Give the latest verdict with the earlier ones, or the reason why there is none."""
    latest = question.latest
    parts = [latest.verdict.value if latest else question.status.value]
    if question.earlier:
        parts.append(f"before: {', '.join(question.earlier)}")
    if latest and question.ungraded_since:
        parts.append(f"{len(question.ungraded_since)} ungraded since")
    elif question.ungraded_since:
        parts.append(str(question.ungraded_since[-1].reason).replace("_", " "))
    return "; ".join(parts)


def describe_probes(probe: OpenProbe) -> str:
    """Give ` after 2 probes`, or nothing if none was asked before."""
    n = probe.asked_before
    return f" after {n} {'probe' if n == 1 else 'probes'}" if n else ""


def list_quotes(question: QuestionCoverage) -> list[str]:
    """List the signals that have evidence, with the customer's words: `good.1 shown: “a timer”`."""
    return [
        f"{signal.id} {signal.status}: {' … '.join(f'“{e.quote}”' for e in signal.evidence)}"
        for signal in _signals(question)
        if signal.evidence
    ]


def list_missing(question: QuestionCoverage) -> list[str]:
    """List the texts of the good signals that the latest answer did not show."""
    latest = question.latest
    return [signal.text for signal in _signals(question) if latest and signal.id in latest.missing]


def format_minute(instant: datetime) -> str:
    """Format a time as `2026-11-20 12:30 UTC`."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _signals(question: QuestionCoverage) -> tuple[SignalGrade, ...]:
    return question.latest.signals if question.latest else ()
