"""What an engagement's exports and the command line say alike."""

from datetime import UTC, datetime

from service.engagements.models import (
    Counts,
    Engagement,
    OpenProbe,
    QuestionCoverage,
    QuestionStatus,
)
from service.judging.models import SignalGrade, Verdict

__all__ = ["coverage", "minute", "missing", "probed", "quotes", "standing", "summary"]


def coverage(counts: Counts) -> str:
    """`3 of 8 questions answered`."""
    noun = "question" if counts.questions == 1 else "questions"
    return f"{counts.statuses[QuestionStatus.ANSWERED]} of {counts.questions} {noun} answered"


def summary(engagement: Engagement) -> str:
    """One sentence: what is covered, with which verdicts, and what is not."""
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
    return f"{coverage(counts)}: {verdicts}{'; ' if others else ''}{others}."


def standing(question: QuestionCoverage) -> str:
    """The latest verdict with what stood before it, or why there is none."""
    latest = question.latest
    parts = [latest.verdict.value if latest else question.status.value]
    if question.earlier:
        parts.append(f"before: {', '.join(question.earlier)}")
    if latest and question.ungraded_since:
        parts.append(f"{len(question.ungraded_since)} ungraded since")
    elif question.ungraded_since:
        parts.append(str(question.ungraded_since[-1].reason).replace("_", " "))
    return "; ".join(parts)


def probed(probe: OpenProbe) -> str:
    """` after 2 probes`, or nothing where none was asked before."""
    n = probe.asked_before
    return f" after {n} {'probe' if n == 1 else 'probes'}" if n else ""


def quotes(question: QuestionCoverage) -> list[str]:
    """The signals that the customer's words bear on, with the words: `good.1 shown: “a timer”`."""
    return [
        f"{signal.id} {signal.status}: {' … '.join(f'“{e.quote}”' for e in signal.evidence)}"
        for signal in _signals(question)
        if signal.evidence
    ]


def missing(question: QuestionCoverage) -> list[str]:
    """The texts of the good signals that the latest answer did not show."""
    latest = question.latest
    return [signal.text for signal in _signals(question) if latest and signal.id in latest.missing]


def _signals(question: QuestionCoverage) -> tuple[SignalGrade, ...]:
    return question.latest.signals if question.latest else ()


def minute(instant: datetime) -> str:
    """`2026-11-20 12:30 UTC`."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
