"""Grade answers that are plainly in no language, for which no judge is needed."""

from service.judging.gibberish import is_plain_gibberish
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
from service.judging.review import Flag, find_review_reasons
from service.playbooks.models import Question

__all__ = ["LetterlessJudge"]


class LetterlessJudge:
    """A judge that grades answers without a word at no cost, and leaves all others to another.

    Those have neither letters nor digits, or are one sound over and over, which asks for review.
    `kind` is the other judge's, so that all grades of one service have the same.
    """

    def __init__(self, judge: Judge, kind: JudgeKind) -> None:
        self._judge = judge
        self._kind = kind

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade."""
        if answer.is_letterless:
            return self._grade_unanswered(question, "The answer holds neither letters nor digits.")
        if is_plain_gibberish(answer.text):
            says = "The answer is one sound or word, over and over."
            return self._grade_unanswered(question, says, (Flag.GIBBERISH,))
        return await self._judge.grade(question, answer)

    def _grade_unanswered(
        self, question: Question, rationale: str, flags: tuple[Flag, ...] = ()
    ) -> Grade:
        absent = tuple(
            SignalGrade(id=s.id, kind=s.kind, text=s.text, status=SignalStatus.ABSENT)
            for s in question.signals
        )
        return Grade.of(
            question,
            Verdict.UNANSWERED,
            absent,
            rationale=rationale,
            review=find_review_reasons(flags=flags),
            flags=flags,
            judge=Provenance(kind=self._kind, playbook_digest=question.playbook_digest),
        )

    async def aclose(self) -> None:
        await self._judge.aclose()
