"""The seam to any chat model: messages in, one completion out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from service.records import Frozen

__all__ = ["ChatModel", "Completion", "Message", "Token", "Usage"]


@dataclass(frozen=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class Token:
    """One sampled token, its natural log-probability, and its likeliest alternatives."""

    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


class Usage(Frozen):
    """Tokens of all calls for one grade; zero when it came from a cache or no model was asked."""

    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True)
class Completion:
    """What a model replied, as text, with what it took.

    `tokens` is empty where the server gives no log-probabilities; `cost_usd` is None where the
    price is unknown; `attempts` counts every call made for it.
    """

    text: str
    model: str
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    tokens: tuple[Token, ...] = ()
    attempts: int = 1


class ChatModel(Protocol):
    """A model that replies with JSON of a schema, as nearly as its server can be made to."""

    @property
    def name(self) -> str: ...

    async def complete(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, deadline: float
    ) -> Completion:
        """One completion before `deadline`, a time of the running event loop's clock in seconds.

        Raises ModelUnavailable when retries are spent or the server can't be used, ModelRefused
        when the model declines.
        """
        ...

    async def aclose(self) -> None: ...
