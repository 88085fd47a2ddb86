"""When no LLM answers: the embedded judge stands in, and says so."""

from service.errors import Reason
from service.judging.judge import Judge
from service.judging.models import Answer, Grade, Ungraded
from service.judging.review import review_reasons
from service.playbooks.models import Question

__all__ = ["Fallback", "standing_in"]


class Fallback:
    """Asks the first judge; where its model is unavailable, the second, always for review."""

    def __init__(self, judge: Judge, substitute: Judge) -> None:
        self._judge = judge
        self._substitute = substitute

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; only unavailability falls back, never a reply that broke the rules."""
        result = await self._judge.grade(question, answer)
        if isinstance(result, Grade) or result.reason is not Reason.MODEL_UNAVAILABLE:
            return result
        substitute = await self._substitute.grade(question, answer)
        if isinstance(substitute, Ungraded):
            return result
        return standing_in(substitute, result)

    async def aclose(self) -> None:
        await self._judge.aclose()
        await self._substitute.aclose()


def standing_in(grade: Grade, failure: Ungraded) -> Grade:
    """The substitute's grade, marked for review with why the first judge gave none."""
    judge = grade.judge.model_copy(update={"fallback_reason": failure.detail})
    review = review_reasons(is_stand_in=True, before=grade.review)
    return grade.model_copy(update={"review": review, "judge": judge})
