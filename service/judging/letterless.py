"""What needs no model: an answer with neither letters nor digits is unanswered."""

from service.judging.judge import Judge
from service.judging.models import (
    Answer,
    Grade,
    JudgeKind,
    Provenance,
    SignalGrade,
    SignalStatus,
    Ungraded,
    Verdict,
)
from service.playbooks.models import Question

__all__ = ["Precheck"]


class Precheck:
    """Grades letterless answers itself, at no cost, and leaves the others to its judge."""

    def __init__(self, judge: Judge, kind: JudgeKind) -> None:
        self._judge = judge
        self._kind = kind

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade."""
        if not answer.is_letterless:
            return await self._judge.grade(question, answer)
        absent = tuple(
            SignalGrade(id=s.id, kind=s.kind, text=s.text, status=SignalStatus.ABSENT)
            for s in question.signals
        )
        return Grade.of(
            question,
            Verdict.UNANSWERED,
            absent,
            rationale="The answer holds neither letters nor digits.",
            judge=Provenance(kind=self._kind, playbook_digest=question.playbook_digest),
        )

    async def aclose(self) -> None:
        await self._judge.aclose()
