"""Ask chat models for one reply: the next model if one is down, one repair if the reply is bad."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.errors import MalformedReply, ModelRefused, ModelUnavailable
from service.llm.chat import ChatModel, Completion, Message, OutputSchema, Usage
from service.llm.refusals import declines_in_prose
from service.llm.thinking import leave_out_thinking

__all__ = ["CheckedReply", "ModelReply", "ModelRequest", "ask_models"]

Result = TypeVar("Result")

_MOST_SENT_BACK = 8_000  # characters; a whole reply has about 3,000
_NOTHING_BUT_THINKING = (
    "the token limit cut the reply before it began; raise PROBEWISE_MAX_OUTPUT_TOKENS, "
    "or the server's own limit"
)


@dataclass(frozen=True)
class CheckedReply(Generic[Result]):
    """A reply that could be read; `faults` are the rules that it breaks, if any."""

    result: Result
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModelRequest(Generic[Result]):
    """A question to a model, with how to read its reply and how to ask for a better one.

    `check` reads the text of a reply, or raises MalformedReply. `write_repair` writes the messages
    that show the model its faulty reply and the faults.
    """

    messages: Sequence[Message]
    output: OutputSchema
    check: Callable[[str], CheckedReply[Result]]
    write_repair: Callable[[str, Sequence[str]], Sequence[Message]]


@dataclass(frozen=True)
class ModelReply(Generic[Result]):
    """The best reply of one model, and every completion that it took, the first one first.

    `faults` are the rules that it still breaks after one repair.
    """

    result: Result
    faults: tuple[str, ...]
    completions: tuple[Completion, ...]

    @property
    def model(self) -> str:
        """The model's name as its server gives it."""
        return self.completions[-1].model

    @property
    def attempts(self) -> int:
        return sum(completion.attempts for completion in self.completions)

    @property
    def usage(self) -> Usage:
        return sum((completion.usage for completion in self.completions), Usage())

    @property
    def cost_usd(self) -> float | None:
        """The sum over all completions; None if the price of one is unknown."""
        costs = [completion.cost_usd for completion in self.completions]
        return None if None in costs else sum(cost for cost in costs if cost is not None)


@dataclass(frozen=True)
class _Round(Generic[Result]):
    """One completion; `checked` is None if it could not be read, and `faults` say why."""

    completion: Completion
    checked: CheckedReply[Result] | None
    faults: tuple[str, ...]


async def ask_models(
    models: Sequence[ChatModel], request: ModelRequest[Result], *, deadline: float
) -> ModelReply[Result]:
    """Ask one model after the other until one answers, all before `deadline`.

    The deadline is a time of the running event loop's clock, in seconds. Each model gets an equal
    share of what is left of it, so that one that hangs leaves time for the next.

    Raises ModelUnavailable if no model answers: the error of the last one. Raises ModelRefused if
    one declines, and MalformedReply if a reply can't be read, also after one repair if that could
    help; no other model is asked then, because another opinion would hide the fault.
    """
    clock = asyncio.get_running_loop().time
    failure = ModelUnavailable("no model is configured")
    for place, model in enumerate(models):
        share = (deadline - clock()) / (len(models) - place)
        try:
            return _choose_reply(await _ask_model(model, request, clock() + share))
        except ModelUnavailable as error:
            failure = error
    raise failure


async def _ask_model(
    model: ChatModel, request: ModelRequest[Result], deadline: float
) -> list[_Round[Result]]:
    """Ask one model, and once more if its first reply breaks the rules."""
    first = await _ask_once(model, request, request.messages, deadline)
    if not first.faults:
        return [first]
    if first.completion.is_cut and not leave_out_thinking(first.completion.text).strip():
        # The same call again would be cut again, before a word of the reply.
        raise MalformedReply([_NOTHING_BUT_THINKING])
    repair = request.write_repair(_shorten(first.completion.text), first.faults)
    try:
        again = await _ask_once(model, request, [*request.messages, *repair], deadline)
    except (ModelUnavailable, ModelRefused, MalformedReply):
        # What can be kept of a readable first reply is worth more than no result.
        if first.checked is None:
            raise
        return [first]
    return [first, again]


async def _ask_once(
    model: ChatModel, request: ModelRequest[Result], messages: Sequence[Message], deadline: float
) -> _Round[Result]:
    completion = await model.complete(messages, request.output, deadline=deadline)
    if declines_in_prose(completion.text):
        raise ModelRefused(f"the model declined to {request.output.purpose}")
    try:
        checked = request.check(completion.text)
    except MalformedReply as error:
        return _Round(completion, None, error.reasons)
    if completion.is_cut:
        return _Round(completion, None, ("the reply was cut off before its end",))
    return _Round(completion, checked, checked.faults)


def _shorten(text: str) -> str:
    """Cut what is sent back: a reply without end would cost as much again."""
    return text if len(text) <= _MOST_SENT_BACK else f"{text[:_MOST_SENT_BACK]} [cut]"


def _choose_reply(rounds: Sequence[_Round[Result]]) -> ModelReply[Result]:
    """Choose the last reply that could be read; MalformedReply, for the last reasons, if none."""
    readable = [round_.checked for round_ in rounds if round_.checked is not None]
    if not readable:
        raise MalformedReply(rounds[-1].faults, is_repaired=len(rounds) > 1)
    completions = tuple(round_.completion for round_ in rounds)
    return ModelReply(readable[-1].result, readable[-1].faults, completions)
