"""Define assignments: the turns that answer a question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Protocol

from pydantic import Field

from service.playbooks.models import Question
from service.records import Frozen
from service.transcripts.turns import Side, Turn

__all__ = ["Assigner", "Assignment", "Stretch", "can_be_evidence", "join_assignments"]

Stretch = tuple[int, int]
"""Start and end of a part of a turn, in characters."""

_TurnNumber = Annotated[int, Field(ge=1)]


class Assignment(Frozen):
    """The turns that answer one question, by their numbers in the transcript, counted from 1.

    `parts` has the stretches of a turn that answer it, where the whole turn does not.
    """

    question_id: str
    turns: Annotated[tuple[_TurnNumber, ...], Field(min_length=1)]
    parts: dict[_TurnNumber, tuple[Stretch, ...]] = Field(default_factory=dict)


class Assigner(Protocol):
    """Anything that finds the answers in a transcript or a page of notes."""

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """Give each question that is answered its turns, in the order of the questions.

        Raises JudgeError if the answers can't be found honestly.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections; a closed assigner is not used again."""
        ...


def can_be_evidence(turn: Turn) -> bool:
    """Tell whether a customer may have said this: not our own side, and not a heading."""
    return turn.side is not Side.SELLER and turn.heading is None


def join_assignments(
    found: Iterable[Assignment], turns: Sequence[Turn], questions: Sequence[Question]
) -> tuple[Assignment, ...]:
    """Join assignments to one for each question, with only turns that can be evidence."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for assignment in found:
        numbers[assignment.question_id].update(
            number for number in assignment.turns if can_be_evidence(turns[number - 1])
        )
    return tuple(
        Assignment(question_id=question.id, turns=tuple(sorted(numbers[question.id])))
        for question in questions
        if numbers[question.id]
    )
