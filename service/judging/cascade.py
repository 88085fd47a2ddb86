"""Combine two judges: the second is asked if the first is unsure (cascade) or down (fallback)."""

from service.judging.models import Answer, Grade, Judge, Ungraded
from service.judging.review import find_review_reasons
from service.playbooks.models import Question
from service.reasons import Reason

__all__ = ["Cascade", "Fallback"]


class Cascade:
    """A judge that keeps the embedded grade if it is sure enough, and asks the LLM otherwise.

    A grade is sure enough with a confidence of at least `threshold` and without flags. If the LLM
    is unavailable, `keep_unsure` keeps the unsure grade, marked for review. Without `keep_unsure`
    the answer stays ungraded.
    """

    def __init__(self, embedded: Judge, llm: Judge, *, threshold: float, keep_unsure: bool) -> None:
        self._embedded = embedded
        self._llm = llm
        self._threshold = threshold
        self._keep_unsure = keep_unsure

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; the grade's provenance says which judge decided."""
        first = await self._embedded.grade(question, answer)
        if isinstance(first, Grade) and self._is_sure(first):
            return first
        second = await self._llm.grade(question, answer)
        if isinstance(second, Grade) or isinstance(first, Ungraded) or not self._keep_unsure:
            return second
        return (
            _mark_stand_in(first, second) if second.reason is Reason.MODEL_UNAVAILABLE else second
        )

    async def aclose(self) -> None:
        await self._embedded.aclose()
        await self._llm.aclose()

    def _is_sure(self, grade: Grade) -> bool:
        # The embedded judge reads a flagged answer with the suspect words blanked out, so it may
        # be sure of an answer it has seen only in part.
        return (grade.confidence or 0.0) >= self._threshold and not grade.flags


class Fallback:
    """A judge that asks a substitute, for review, if the first judge's model is unavailable."""

    def __init__(self, judge: Judge, substitute: Judge) -> None:
        self._judge = judge
        self._substitute = substitute

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; a refusal or a reply that broke the rules never falls back."""
        result = await self._judge.grade(question, answer)
        if isinstance(result, Grade) or result.reason is not Reason.MODEL_UNAVAILABLE:
            return result
        substitute = await self._substitute.grade(question, answer)
        if isinstance(substitute, Ungraded):
            return result
        return _mark_stand_in(substitute, result)

    async def aclose(self) -> None:
        await self._judge.aclose()
        await self._substitute.aclose()


def _mark_stand_in(grade: Grade, failure: Ungraded) -> Grade:
    """Mark the substitute's grade for review, with why the first judge gave none."""
    judge = grade.judge.model_copy(update={"fallback_reason": failure.detail})
    review = find_review_reasons(is_stand_in=True, before=grade.review)
    return grade.model_copy(update={"review": review, "judge": judge})
