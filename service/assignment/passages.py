"""Cut passages: the customer's words on one question, with the place of each in the source."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from service.assignment.models import Assignment, can_be_evidence
from service.judging.models import MAX_ANSWER_CHARACTERS, Answer, AnswerTurn
from service.records import Frozen
from service.transcripts.turns import NOTES, Side, Skipped, Turn

__all__ = [
    "LeftOutTurn",
    "Moment",
    "Passage",
    "SourceLocation",
    "cut_passages",
    "find_unassigned",
]

_SEPARATOR = "\n\n"  # the blank line that Answer.text puts between two turns


class SourceLocation(Frozen):
    """The place of a turn in its source, so that a page can link to it.

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
    def of(cls, turn: Turn, number: int) -> "SourceLocation":
        """Locate a turn by its number in the transcript."""
        return SourceLocation(
            turn=number,
            line=turn.line,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            speaker=turn.name or turn.speaker_id,
            side=turn.side,
        )


class Moment(SourceLocation):
    """The place in the source at which one stretch of a passage was said.

    `start` and `end` delimit the stretch in the answer, in characters, as the offsets of evidence
    do.
    """

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class LeftOutTurn(SourceLocation):
    """A turn that is in no passage, with its words, so that a person sees what is lost."""

    text: str = ""


class Passage(Frozen):
    """The turns that answer one question, as the answer that a judge grades.

    The answer also has what our own side said right before a turn: it gives context and is never
    evidence.
    """

    question_id: str
    answer: Answer
    moments: Annotated[tuple[Moment, ...], Field(min_length=1)]

    @property
    def is_of_unknown_side(self) -> bool:
        """Tell whether a part of it may not be the customer's; lines of notes always are."""
        return any(m.side is Side.UNKNOWN and m.speaker != NOTES for m in self.moments)


def cut_passages(
    turns: Sequence[Turn], assignments: Iterable[Assignment]
) -> tuple[tuple[Passage, ...], tuple[Skipped, ...]]:
    """Cut a passage for each assignment, and report the turns for which it had no room.

    A turn that would make an answer longer than 20,000 characters is left out of it.
    """
    found: list[Passage] = []
    skipped: list[Skipped] = []
    for assignment in assignments:
        words: list[AnswerTurn] = []
        moments: list[Moment] = []
        for number in assignment.turns:
            turn = turns[number - 1]
            location = SourceLocation.of(turn, number)
            for part in assignment.parts.get(number, ((0, len(turn.text)),)):
                said = turn.text[slice(*part)]
                start = moments[-1].end + len(_SEPARATOR) if moments else 0
                end = start + len(said)
                if end > MAX_ANSWER_CHARACTERS:
                    reason = f"the answer to {assignment.question_id} is too long to hold it"
                    skipped.append(Skipped(line=turn.line, reason=reason))
                    continue
                words += [*_find_context(turns, number), AnswerTurn(text=said)]
                moments.append(Moment(start=start, end=end, **dict(location)))
        if moments:
            answer = Answer(turns=tuple(words))
            found.append(
                Passage(question_id=assignment.question_id, answer=answer, moments=tuple(moments))
            )
    return tuple(found), tuple(skipped)


def find_unassigned(turns: Sequence[Turn], found: Iterable[Passage]) -> tuple[LeftOutTurn, ...]:
    """Give the turns that can be evidence and are in no passage."""
    used = {moment.turn for passage in found for moment in passage.moments}
    return tuple(
        LeftOutTurn(text=turn.text, **dict(SourceLocation.of(turn, number)))
        for number, turn in enumerate(turns, 1)
        if number not in used and can_be_evidence(turn)
    )


def _find_context(turns: Sequence[Turn], number: int) -> list[AnswerTurn]:
    """Give what our own side said right before a turn, which may be the question it answers."""
    before = turns[number - 2] if number > 1 else None
    if before is None or before.side is not Side.SELLER:
        return []
    return [AnswerTurn(text=before.text, side="seller")]
