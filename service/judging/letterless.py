"""Grade answers with neither letters nor digits, for which no judge is needed."""

from service.judging.models import (
    Answer,
    Grade,
    Judge,
    JudgeKind,
    Provenance,
    SignalGrade,
    SignalStatus,
    Ungraded,
    Verdict,
)
from service.playbooks.models import Question

__all__ = ["LetterlessJudge"]


class LetterlessJudge:
    """A judge that grades letterless answers at no cost, and leaves all others to another judge.

    `kind` is the other judge's, so that all grades of one service have the same.
    """

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
