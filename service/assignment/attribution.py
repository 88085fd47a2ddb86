"""Attributions: a person says which question a line answers, and is right."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from service.assignment.models import Assignment
from service.errors import InvalidRequest
from service.playbooks.models import Question
from service.problem_kinds import FieldFault
from service.transcripts.turns import Side, Turn

__all__ = ["NOTHING_SAID", "attribute"]

NOTHING_SAID: Mapping[int, str] = MappingProxyType({})


def attribute(
    found: Iterable[Assignment],
    turns: Sequence[Turn],
    questions: Sequence[Question],
    said: Mapping[int, str],
) -> tuple[Assignment, ...]:
    """Give the lines of `said` to their questions alone, and leave the rest as it was found.

    `said` maps a line of the source to the id of one of the questions. Raises InvalidRequest for a
    line on which no customer can have said anything.
    """
    numbers: dict[str, set[int]] = defaultdict(set)
    parts = {}
    for assignment in found:
        parts[assignment.question_id] = {
            number: stretches
            for number, stretches in assignment.parts.items()
            if turns[number - 1].line not in said
        }
        numbers[assignment.question_id].update(
            number for number in assignment.turns if turns[number - 1].line not in said
        )
    for line, question_id in said.items():
        numbers[question_id].update(_find_turns(turns, line))
    return tuple(
        Assignment(
            question_id=question.id,
            turns=tuple(sorted(numbers[question.id])),
            parts=parts.get(question.id, {}),
        )
        for question in questions
        if numbers[question.id]
    )


def _find_turns(turns: Sequence[Turn], line: int) -> list[int]:
    """Find the turns of a line by number; a heading counts, since a person says that it does."""
    on_line = [number for number, turn in enumerate(turns, 1) if turn.line == line]
    held = [number for number in on_line if turns[number - 1].side is not Side.SELLER]
    if not held:
        reason = "our own words" if on_line else "no words that were read"
        detail = f"line {line} has {reason}; name a line with the customer's words"
        raise InvalidRequest([FieldFault(pointer=f"/assign/{line}", detail=detail)], detail)
    return held
