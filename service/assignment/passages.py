"""Passages: the customer's words on one question, and where each of them was said."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from service.assignment.models import Assignment, can_be_evidence
from service.judging.models import MAX_ANSWER_CHARACTERS, Answer
from service.judging.models import AnswerTurn as Said
from service.records import Frozen
from service.transcripts.turns import NOTES, Side, Skipped, Turn

__all__ = ["Moment", "Passage", "Place", "passages", "unassigned"]


class Place(Frozen):
    """Where a turn stands, so that a page can link to it.

    `turn` counts from 1 in the transcript, `line` in the source; times count from the start of the
    call.
    """

    turn: Annotated[int, Field(ge=1)]
    line: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    speaker: str | None = None
    side: Side = Side.UNKNOWN

    @classmethod
    def of(cls, turn: Turn, number: int) -> "Place":
        return Place(
            turn=number,
            line=turn.line,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            speaker=turn.name or turn.speaker_id,
            side=turn.side,
        )


class Moment(Place):
    """Where a stretch of a passage was said.

    `start` and `end` are the stretch's characters in the answer, which the offsets of evidence
    count too.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class Passage(Frozen):
    """The turns that answer one question, as the answer a judge grades.

    What our own side said right before a turn stands in the answer for context; it is no evidence.
    """

    question_id: str
    answer: Answer
    moments: Annotated[tuple[Moment, ...], Field(min_length=1)]

    @property
    def is_of_unknown_side(self) -> bool:
        """Whether it is not known that a customer said all of it; notes are taken at their word."""
        return any(m.side is Side.UNKNOWN and m.speaker != NOTES for m in self.moments)


def passages(
    turns: Sequence[Turn], assignments: Iterable[Assignment]
) -> tuple[tuple[Passage, ...], tuple[Skipped, ...]]:
    """A passage for each assignment, and the turns that no answer had room for.

    A turn that would make an answer longer than 20,000 characters is left out of it.
    """
    found: list[Passage] = []
    skipped: list[Skipped] = []
    for assignment in assignments:
        said: list[Said] = []
        moments: list[Moment] = []
        for number in assignment.turns:
            turn = turns[number - 1]
            start = moments[-1].end + 2 if moments else 0  # behind a blank line, as in Answer.text
            end = start + len(turn.text)
            if end > MAX_ANSWER_CHARACTERS:
                reason = f"the answer to {assignment.question_id} is too long to hold it"
                skipped.append(Skipped(line=turn.line, reason=reason))
                continue
            said += [*_asked_before(turns, number), Said(text=turn.text)]
            moments.append(Moment(start=start, end=end, **dict(Place.of(turn, number))))
        if moments:
            answer = Answer(turns=tuple(said))
            found.append(
                Passage(question_id=assignment.question_id, answer=answer, moments=tuple(moments))
            )
    return tuple(found), tuple(skipped)


def unassigned(turns: Sequence[Turn], found: Iterable[Passage]) -> tuple[Place, ...]:
    """The turns that may be a customer's and stand in no passage."""
    used = {moment.turn for passage in found for moment in passage.moments}
    return tuple(
        Place.of(turn, number)
        for number, turn in enumerate(turns, 1)
        if number not in used and can_be_evidence(turn)
    )


def _asked_before(turns: Sequence[Turn], number: int) -> list[Said]:
    before = turns[number - 2] if number > 1 else None
    if before is None or before.side is not Side.SELLER:
        return []
    return [Said(text=before.text, side="seller")]
