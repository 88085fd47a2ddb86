"""The LLM assigner: it sees numbered lines and questions, and returns numbers alone."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any

from pydantic import Field, ValidationError

from service.assignment.models import Assignment, joined
from service.assignment.windows import windows
from service.errors import MalformedReply, ModelUnavailable
from service.judging.prompt import Prompt
from service.judging.reply import only_object, strict_object
from service.judging.untrusted import neutralise
from service.llm.chat import ChatModel
from service.playbooks.models import Question
from service.records import Frozen
from service.transcripts.turns import Side, Turn

__all__ = ["LLMAssigner"]

_MARKS = {Side.CUSTOMER: "[C]", Side.SELLER: "[SA]", Side.UNKNOWN: "[?]"}

_FORM = (
    'the reply must be {"answers": [{"question_id", "stretches": [{"first", "last"}]}]} '
    "with line numbers and nothing else"
)


class _Stretch(Frozen):
    first: Annotated[int, Field(ge=1)]
    last: Annotated[int, Field(ge=1)]


class _Found(Frozen):
    question_id: str
    stretches: Annotated[tuple[_Stretch, ...], Field(min_length=1)]


class _Reply(Frozen):
    answers: tuple[_Found, ...]


class LLMAssigner:
    """Asks once for each window of the transcript, all at the same time, under one deadline.

    A reply that breaks the rules gets one repair round. The next model is asked when one is
    unavailable.
    """

    def __init__(self, models: Sequence[ChatModel], prompt: Prompt, *, deadline_s: float) -> None:
        self._models = tuple(models)
        self._prompt = prompt
        self._deadline_s = deadline_s

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """See Assigner.assign.

        Raises ModelUnavailable when no model answers, ModelRefused when one declines, and
        MalformedReply when a repaired reply still breaks the rules.
        """
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        found = await asyncio.gather(
            *(self._read(turns, place, questions, deadline) for place in windows(turns))
        )
        return joined(chain.from_iterable(found), turns, questions)

    async def aclose(self) -> None:
        for model in self._models:
            await model.aclose()

    async def _read(
        self,
        turns: Sequence[Turn],
        window: tuple[int, int],
        questions: Sequence[Question],
        deadline: float,
    ) -> list[Assignment]:
        clock = asyncio.get_running_loop().time
        failure = ModelUnavailable("no model is configured")
        for place, model in enumerate(self._models):
            share = (deadline - clock()) / (len(self._models) - place)
            try:
                return await self._ask(model, turns, window, questions, clock() + share)
            except ModelUnavailable as error:
                failure = error
        raise failure

    async def _ask(
        self,
        model: ChatModel,
        turns: Sequence[Turn],
        window: tuple[int, int],
        questions: Sequence[Question],
        deadline: float,
    ) -> list[Assignment]:
        schema = _schema(questions)
        messages = self._prompt.fill(
            questions="\n".join(f"- {question.id}: {question.text}" for question in questions),
            lines=_numbered(turns, window),
        )
        first = await model.complete(messages, schema, deadline=deadline)
        try:
            return _parsed(first.text, window, questions)
        except MalformedReply as error:
            messages += self._prompt.render_repair(first.text, error.reasons)
        again = await model.complete(messages, schema, deadline=deadline)
        return _parsed(again.text, window, questions)


def _numbered(turns: Sequence[Turn], window: tuple[int, int]) -> str:
    """The lines between markers made from a digest of them, which no line can contain."""
    start, end = window
    said = "\n".join(
        f"{number} {'[#]' if turn.heading else _MARKS[turn.side]} {neutralise(turn.text)}"
        for number, turn in enumerate(turns[start:end], start=start + 1)
    )
    marker = f"=== lines {hashlib.sha256(said.encode()).hexdigest()[:16]} ==="
    return f"{marker}\n{said}\n{marker}"


def _schema(questions: Iterable[Question]) -> dict[str, Any]:
    number = {"type": "integer"}
    stretch = strict_object({"first": number, "last": number})
    ids = {"type": "string", "enum": [question.id for question in questions]}
    found = {"question_id": ids, "stretches": {"type": "array", "items": stretch}}
    return strict_object({"answers": {"type": "array", "items": strict_object(found)}})


def _parsed(text: str, window: tuple[int, int], questions: Sequence[Question]) -> list[Assignment]:
    """The assignments a reply holds; MalformedReply where an id or a number is off the lists."""
    try:
        reply = _Reply.model_validate(only_object(text))
    except ValidationError as error:
        raise MalformedReply([_FORM]) from error
    known, (start, end) = {question.id for question in questions}, window
    stretches = [stretch for found in reply.answers for stretch in found.stretches]
    reasons = []
    if any(found.question_id not in known for found in reply.answers):
        reasons.append("unknown question id; use only those of the list")
    if not all(start < stretch.first <= stretch.last <= end for stretch in stretches):
        reasons.append(f"first and last must be line numbers from {start + 1} to {end}, in order")
    if reasons:
        raise MalformedReply(reasons)
    return [
        Assignment(
            question_id=found.question_id,
            turns=tuple(chain.from_iterable(range(s.first, s.last + 1) for s in found.stretches)),
        )
        for found in reply.answers
    ]
