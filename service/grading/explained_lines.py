"""Explain what was understood of a source, line by line, before anything is graded."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from service.assignment.passages import Passage
from service.grading.scorecard import FoundPassages
from service.records import Frozen
from service.transcripts.readers.json_with_lines import begins_like_json
from service.transcripts.turns import Side, Skipped, Transcript, Turn, flatten_text

__all__ = ["ExplainedLine", "ExplainedSource", "explain_source"]

_NO_WORDS = "times, a name or markup"


class ExplainedLine(Frozen):
    """A line of a source: who says it and what it answers, or why it is left out."""

    line: Annotated[int | None, Field(description="Line of the file, counted from 1.")]
    text: str
    speaker: str | None = None
    side: Side | None = None
    start_ms: int | None = None
    questions: Annotated[
        tuple[str, ...], Field(description="Ids of the questions that it answers.")
    ] = ()
    left_out: Annotated[
        str | None, Field(description="Why it answers no question, or is in no turn.")
    ] = None


class ExplainedSource(Frozen):
    """Every line of a source that is not empty."""

    lines: tuple[ExplainedLine, ...]


def explain_source(text: str, source: Transcript, found: FoundPassages) -> ExplainedSource:
    """Explain each line of `text`, from which `source` was read and `found` was found.

    Of JSON, in which a line means nothing, each turn is explained instead.
    """
    is_json = begins_like_json(text) or any(turn.line is None for turn in source.turns)
    lines = _explain_turns(source, found) if is_json else _explain_lines(text, source, found)
    return ExplainedSource(lines=tuple(lines))


def _explain_turns(source: Transcript, found: FoundPassages) -> Iterator[ExplainedLine]:
    questions = _list_questions(found.passages)
    for number, turn in enumerate(source.turns, 1):
        yield _explain_turn(turn, turn.text, questions[number])
    yield from (_explain_skipped(skipped) for skipped in found.skipped)


def _explain_lines(text: str, source: Transcript, found: FoundPassages) -> Iterator[ExplainedLine]:
    questions = _list_questions(found.passages)
    begins: dict[int, list[int]] = defaultdict(list)
    for number, turn in enumerate(source.turns, 1):
        begins[turn.line or 0].append(number)
    reasons = {each.line: each.reason for each in reversed(found.skipped) if each.line}
    last = 0  # the number of the turn that may go on
    open_reason = ""  # of the block that was left out and may go on
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            open_reason = ""
            continue
        if own := begins.get(number):
            last, open_reason = own[-1], ""
            for each in own:
                turn = source.turns[each - 1]
                words = line.strip() if len(own) == 1 else turn.text
                yield _explain_turn(turn, words, questions[each], line=number)
        elif number in reasons:
            open_reason = reasons[number]
            yield _explain_skipped(Skipped(line=number, reason=open_reason), line)
        elif last and not open_reason and flatten_text(line) in source.turns[last - 1].text:
            yield _explain_turn(source.turns[last - 1], line.strip(), questions[last], line=number)
        else:
            reason = open_reason or _NO_WORDS
            yield _explain_skipped(Skipped(line=number, reason=reason), line)
    yield from (_explain_skipped(each) for each in found.skipped if not each.line)


def _explain_turn(
    turn: Turn, words: str, questions: Sequence[str], line: int | None = None
) -> ExplainedLine:
    reason = None
    if not questions:
        reason = "answers no question"
        if turn.heading is not None:
            reason = "a heading is never evidence"
        elif turn.side is Side.SELLER:
            reason = "our own words are never evidence"
    return ExplainedLine(
        line=line or turn.line,
        text=flatten_text(words),
        speaker=turn.name or turn.speaker_id,
        side=turn.side,
        start_ms=turn.start_ms,
        questions=tuple(questions),
        left_out=reason,
    )


def _explain_skipped(skipped: Skipped, line: str = "") -> ExplainedLine:
    return ExplainedLine(line=skipped.line, text=flatten_text(line), left_out=skipped.reason)


def _list_questions(passages: Sequence[Passage]) -> dict[int, list[str]]:
    """List the questions that each turn answers, by the turn's number."""
    questions: dict[int, list[str]] = defaultdict(list)
    for passage in passages:
        for moment in passage.moments:
            questions[moment.turn].append(passage.question_id)
    return questions
