"""The one seam every judge stands behind."""

from typing import Protocol

from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question

__all__ = ["Judge"]


class Judge(Protocol):
    """Grades an answer against its question.

    A judge never raises for what a model or a network did: that is an Ungraded with its reason.
    """

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """The grade, or why there is none."""
        ...

    async def aclose(self) -> None:
        """Give back connections and threads; a closed judge is not used again."""
        ...
