"""The cascade: the embedded judge decides the clear answers, the LLM the rest."""

from service.errors import Reason
from service.judging.fallback import standing_in
from service.judging.judge import Judge
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question

__all__ = ["Cascade"]


class Cascade:
    """Keeps the embedded grade where it is sure enough, asks the LLM otherwise.

    Sure enough: confidence of at least `threshold`, and nothing flagged. With `keep_unsure`, an
    unavailable LLM leaves the unsure grade standing, for review; without, the answer is ungraded.
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
        return standing_in(first, second) if second.reason is Reason.MODEL_UNAVAILABLE else second

    async def aclose(self) -> None:
        await self._embedded.aclose()
        await self._llm.aclose()

    def _is_sure(self, grade: Grade) -> bool:
        return (grade.confidence or 0.0) >= self._threshold and not grade.flags
