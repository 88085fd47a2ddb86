"""Define the one seam to chat models: what goes into a call, and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from service.records import Frozen

__all__ = [
    "ChatModel",
    "Completion",
    "Message",
    "OutputSchema",
    "Token",
    "Usage",
    "find_list_price",
]


@dataclass(frozen=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True)
class OutputSchema:
    """The form that a reply must have, named by its caller.

    `name` goes out with the request: a JSON schema has this name, a tool is called
    `submit_<name>`. `purpose` completes the sentence "the model declined to ...".
    """

    name: str
    purpose: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Token:
    """One sampled token, its natural log-probability, and its likeliest alternatives."""

    text: str
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


class Usage(Frozen):
    """Tokens of all calls for one result; all are 0 if a cache had it or no model was needed."""

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
    """The text of one reply, and what it took to get it.

    `tokens` is empty if the server gives no log-probabilities. `cost_usd` is None if the price is
    unknown. `attempts` counts all HTTP calls, failed ones included. `is_cut` is true if the server
    stopped the reply before its end, as at the token limit.
    """

    text: str
    model: str
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    tokens: tuple[Token, ...] = ()
    attempts: int = 1
    is_cut: bool = False


class ChatModel(Protocol):
    """A model that replies with JSON of a schema, as nearly as its server can be made to."""

    @property
    def name(self) -> str: ...

    async def complete(
        self, messages: Sequence[Message], output: OutputSchema, *, deadline: float
    ) -> Completion:
        """Get one completion before `deadline`, a time of the running event loop's clock (s).

        Raises ModelUnavailable if retries are spent or the server can't be used, ModelRefused if
        the model declines, MalformedReply if the reply is too large to be read.
        """
        ...

    async def aclose(self) -> None: ...


def find_list_price(usage: Usage, model: str, base_url: str) -> float | None:
    """Find what these tokens cost by the published price list of genai-prices, in US dollars.

    The endpoint's address says whose list counts. None if the model is not on it, or if nobody
    publishes prices for the endpoint (a gateway, a local server): a price is never assumed.
    """
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    tokens = PricedUsage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        price = calc_price(tokens, model, provider_api_url=base_url)
    except LookupError:
        return None
    return float(price.total_price)
