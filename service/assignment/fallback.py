"""When no LLM can assign: the embedded judge stands in."""

from collections.abc import Sequence

from service.assignment.models import Assigner, Assignment
from service.errors import ModelUnavailable
from service.playbooks.models import Question
from service.transcripts.turns import Turn

__all__ = ["FallbackAssigner"]


class FallbackAssigner:
    """Asks the first assigner; where its model is unavailable, the second."""

    def __init__(self, assigner: Assigner, substitute: Assigner) -> None:
        self._assigner = assigner
        self._substitute = substitute

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """See Assigner.assign; a reply that broke the rules never falls back."""
        try:
            return await self._assigner.assign(turns, questions)
        except ModelUnavailable:
            return await self._substitute.assign(turns, questions)

    async def aclose(self) -> None:
        """Both are closed, whatever becomes of the first."""
        try:
            await self._assigner.aclose()
        finally:
            await self._substitute.aclose()
