"""Assign turns to questions with an LLM, which sees numbered lines and returns numbers alone.

It never writes a customer's words, so it can't change them.
"""

import asyncio
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate, chain
from typing import Annotated

from pydantic import Field, ValidationError

from service.assignment.models import Assignment, join_assignments
from service.errors import MalformedReply
from service.judging.prompt import Prompt
from service.judging.untrusted import neutralise
from service.llm.ask import CheckedReply, ModelRequest, ask_models
from service.llm.chat import ChatModel, OutputSchema
from service.llm.only_object import parse_only_object
from service.llm.structured_output import make_object_schema
from service.playbooks.models import Question
from service.records import Frozen
from service.transcripts.turns import Side, Turn

__all__ = ["LLMAssigner", "split_windows"]

_MARKS = {Side.CUSTOMER: "[C]", Side.SELLER: "[SA]", Side.UNKNOWN: "[?]"}

_FORM = (
    'the reply must be {"answers": [{"question_id", "stretches": [{"first", "last"}]}]} '
    "with line numbers and nothing else"
)

Window = tuple[int, int]


class _Stretch(Frozen):
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]


class _FoundAnswer(Frozen):
    question_id: str
    stretches: Annotated[tuple[_Stretch, ...], Field(min_length=1)]


class _Reply(Frozen):
    answers: tuple[_FoundAnswer, ...]


class LLMAssigner:
    """An assigner that asks once for each window of the transcript, all at the same time.

    The next model is asked if one is unavailable, and a reply that breaks the rules gets one
    repair. All of it happens before one deadline.
    """

    def __init__(self, models: Sequence[ChatModel], prompt: Prompt, *, deadline_s: float) -> None:
        self._models = tuple(models)
        self._prompt = prompt
        self._deadline_s = deadline_s

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """See Assigner.assign.

        Raises ModelUnavailable if no model answers, ModelRefused if one declines, and
        MalformedReply if a repaired reply still breaks the rules.
        """
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        found = await asyncio.gather(
            *(
                self._assign_window(turns, window, questions, deadline)
                for window in split_windows(turns)
            )
        )
        return join_assignments(chain.from_iterable(found), turns, questions)

    async def aclose(self) -> None:
        for model in self._models:
            await model.aclose()

    async def _assign_window(
        self, turns: Sequence[Turn], window: Window, questions: Sequence[Question], deadline: float
    ) -> list[Assignment]:
        request = ModelRequest(
            messages=self._prompt.fill(
                questions="\n".join(f"- {question.id}: {question.text}" for question in questions),
                lines=_number_lines(turns, window),
            ),
            output=_make_schema(questions),
            check=partial(_check_reply, window=window, questions=questions),
            write_repair=self._prompt.render_repair,
        )
        return (await ask_models(self._models, request, deadline=deadline)).result


def split_windows(
    turns: Sequence[Turn], *, words: int = 6000, overlap: int = 500
) -> Iterator[Window]:
    """Split a long call into windows of at most `words` words: start and end, from 0, of each.

    Windows next to each other share at least `overlap` words, so that no answer is cut in two. A
    turn is never cut. Each window has at least one turn that the window before it lacks, even if
    that makes it longer than `words`.
    """
    before = [0, *accumulate(len(turn.text.split()) for turn in turns)]
    start = end = 0
    while end < len(turns):
        end = max(end + 1, bisect_right(before, before[start] + words) - 1)
        yield start, end
        start = max(start + 1, bisect_left(before, before[end] - overlap + 1) - 1)


def _number_lines(turns: Sequence[Turn], window: Window) -> str:
    """Write the window's lines between two markers.

    The markers are made from a digest of the lines, so that no line can contain one.
    """
    start, end = window
    lines = "\n".join(
        f"{number} {'[#]' if turn.heading else _MARKS[turn.side]} {neutralise(turn.text)}"
        for number, turn in enumerate(turns[start:end], start=start + 1)
    )
    marker = f"=== lines {hashlib.sha256(lines.encode()).hexdigest()[:16]} ==="
    return f"{marker}\n{lines}\n{marker}"


def _make_schema(questions: Iterable[Question]) -> OutputSchema:
    number = {"type": "integer"}
    stretch = make_object_schema({"first": number, "last": number})
    ids = {"type": "string", "enum": [question.id for question in questions]}
    answer = make_object_schema(
        {"question_id": ids, "stretches": {"type": "array", "items": stretch}}
    )
    return OutputSchema(
        name="assignment",
        purpose="say what answers which question",
        schema=make_object_schema({"answers": {"type": "array", "items": answer}}),
    )


def _check_reply(
    text: str, window: Window, questions: Sequence[Question]
) -> CheckedReply[list[Assignment]]:
    """Read the assignments of a reply; MalformedReply if an id or a number is not on the lists."""
    try:
        reply = _Reply.model_validate(parse_only_object(text))
    except ValidationError as error:
        raise MalformedReply([_FORM]) from error
    known, (start, end) = {question.id for question in questions}, window
    stretches = [stretch for answer in reply.answers for stretch in answer.stretches]
    reasons = []
    if any(answer.question_id not in known for answer in reply.answers):
        reasons.append("unknown question id; use only those of the list")
    if not all(start < stretch.first <= stretch.last <= end for stretch in stretches):
        reasons.append(f"first and last must be line numbers from {start + 1} to {end}, in order")
    if reasons:
        raise MalformedReply(reasons)
    return CheckedReply(
        [
            Assignment(
                question_id=answer.question_id,
                turns=tuple(
                    chain.from_iterable(range(s.first, s.last + 1) for s in answer.stretches)
                ),
            )
            for answer in reply.answers
        ]
    )
