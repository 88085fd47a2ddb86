"""Adapt the openai SDK to the chat-model seam: negotiation, retries and one deadline.

tenacity is the only retrier here. The SDK's own retries are switched off, since they know nothing
of the deadline. Of the SDK's answer only the bytes are used: see server_reply.py.
"""

import asyncio
import email.utils
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from service.errors import MalformedReply, ModelRefused, ModelUnavailable
from service.llm.bounded_client import BoundedClient, OversizedReply, RefusedRedirect
from service.llm.chat import Completion, Message, OutputSchema, Usage, find_list_price
from service.llm.model_limits import find_limits
from service.llm.refusals import is_refusal_error
from service.llm.server_reply import (
    NotACompletion,
    ServerReply,
    read_error_words,
    read_server_reply,
)
from service.llm.structured_output import (
    Dialect,
    OutputMode,
    build_request_body,
    step_down,
    take_next_mode,
)

__all__ = ["Concession", "OpenAIModel"]

# 408 and 409 are retried as the SDK would; 425 (too early) and 429 ask for another try.
_TRANSIENT = {408, 409, 425, 429}
_HINTS = {
    401: "check the API key",
    403: "check the API key, and what it may use",
    404: "check model and base URL",
}
_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)


@dataclass(frozen=True)
class Concession:
    """What is not sent to a model: an option's name, or an output mode.

    `status` is the HTTP status by which the server refused it, None if it was known before.
    """

    what: str
    status: int | None


class OpenAIModel:
    """One model of one OpenAI-compatible endpoint.

    `client` brings key and address; its connections are not used, since they would read a reply of
    any size. `options` are request parameters such as temperature. What the model is known to
    refuse is never sent. What the server refuses, an option or an output mode, is left out of later
    calls.
    """

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        *,
        options: Mapping[str, Any],
        request_timeout_s: float,
        max_attempts: int,
    ) -> None:
        self._given_client = client
        self._client = client.with_options(max_retries=0, http_client=BoundedClient())
        self._model = model
        self._options = dict(options)
        self._request_timeout_s = request_timeout_s
        self._max_attempts = max_attempts
        self._dialect = Dialect(dropped=find_limits(model) & options.keys())
        self._known = tuple(Concession(name, None) for name in sorted(self._dialect.dropped))
        self._refused: dict[str, int] = {}
        self._takes_schemas = False

    @property
    def name(self) -> str:
        return self._model

    @property
    def output_mode(self) -> OutputMode:
        """The way of asking for JSON that the server has accepted so far."""
        return self._dialect.mode

    @property
    def concessions(self) -> tuple[Concession, ...]:
        """List what is left out of the calls, in the order in which it was learned."""
        return (*self._known, *(Concession(what, code) for what, code in self._refused.items()))

    async def complete(
        self, messages: Sequence[Message], output: OutputSchema, *, deadline: float
    ) -> Completion:
        """See ChatModel.complete."""
        clock = asyncio.get_running_loop().time
        attempts = 0
        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            wait=_choose_wait_s,
            stop=stop_after_attempt(self._max_attempts) | stop_before_delay(deadline - clock()),
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts += 1
                    reply = await self._ask(
                        messages, output, deadline - clock(), is_first=attempts == 1
                    )
        except openai.APIStatusError as error:
            if is_refusal_error(error.status_code, read_error_words(error.body)):
                raise ModelRefused(f"the model declined to {output.purpose}") from error
            raise _explain_failure(error, self._model, attempts) from error
        except (openai.APIError, NotACompletion, TimeoutError) as error:
            if isinstance(error.__cause__, OversizedReply):
                raise MalformedReply([str(error.__cause__)]) from error
            raise _explain_failure(error, self._model, attempts) from error
        if reply.is_refusal:
            raise ModelRefused(f"the model declined to {output.purpose}")
        return self._make_completion(reply, attempts)

    async def aclose(self) -> None:
        await self._client.close()
        await self._given_client.close()

    async def _ask(
        self,
        messages: Sequence[Message],
        output: OutputSchema,
        time_left_s: float,
        *,
        is_first: bool,
    ) -> ServerReply:
        """Make one call, again in another dialect for as long as the server refuses this one."""
        dialect = self._dialect
        refused: dict[str, int] = {}
        async with asyncio.timeout(min(max(time_left_s, 0.0), self._request_timeout_s)):
            while True:
                body = build_request_body(dialect, messages, output, self._options)
                try:
                    response = await self._client.post(
                        "/chat/completions",
                        cast_to=httpx2.Response,
                        body={"model": self._model, **body},
                    )
                except openai.APIStatusError as error:
                    lower = self._step_down(dialect, error, is_first=is_first)
                    if lower is None:
                        raise
                    refused |= _tell_apart(dialect, lower, error.status_code)
                    dialect = lower
                    continue
                except (ValueError, httpx2.InvalidURL) as error:  # headers that can't be read
                    raise NotACompletion from error
                reply = read_server_reply(response.content)
                self._dialect = dialect
                self._refused |= refused
                self._takes_schemas |= dialect.mode is OutputMode.JSON_SCHEMA
                return reply

    def _step_down(
        self, dialect: Dialect, error: openai.APIStatusError, *, is_first: bool
    ) -> Dialect | None:
        """Choose the next dialect; None if the server did not refuse this one."""
        words = read_error_words(error.body)
        if is_refusal_error(error.status_code, words):
            return None
        if error.status_code == 500:
            # Some gateways break on a schema that they don't know. Once one was taken, or on a
            # second try, it is an outage.
            is_new = dialect.mode is OutputMode.JSON_SCHEMA and not self._takes_schemas
            return take_next_mode(dialect) if is_new and is_first else None
        parameter = error.param if isinstance(error.param, str) else None
        return step_down(dialect, self._options, error.status_code, words, parameter)

    def _make_completion(self, reply: ServerReply, attempts: int) -> Completion:
        return Completion(
            text=reply.text,
            model=reply.model or self._model,
            usage=reply.usage or Usage(),
            cost_usd=self._find_cost(reply),
            tokens=reply.tokens,
            attempts=attempts,
            is_cut=reply.is_cut,
        )

    def _find_cost(self, reply: ServerReply) -> float | None:
        """Take what the server says it charged (OpenRouter does), else the list price."""
        if reply.has_charge or reply.usage is None:
            return reply.charged_usd
        return find_list_price(reply.usage, self._model, str(self._client.base_url))


def _tell_apart(before: Dialect, after: Dialect, status: int) -> dict[str, int]:
    """Name what one dialect has and the next has not, each with the status that took it away."""
    lost = sorted(after.dropped - before.dropped)
    if after.mode is not before.mode:
        lost.append(before.mode.value)
    return dict.fromkeys(lost, status)


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _TRANSIENT or error.status_code >= 500
    if isinstance(error.__cause__, OversizedReply | RefusedRedirect):
        return False
    return isinstance(error, openai.APIConnectionError | TimeoutError | NotACompletion)


def _choose_wait_s(state: RetryCallState) -> float:
    """Wait as long as the server asks for, and never less than a jittered exponential backoff."""
    error = state.outcome.exception() if state.outcome else None
    return max(_read_retry_after_s(error) or 0.0, _BACKOFF(state))


def _explain_failure(error: Exception, model: str, attempts: int) -> ModelUnavailable:
    if isinstance(error, openai.APIStatusError):
        hint = _HINTS.get(error.status_code)
        what = f"HTTP {error.status_code}{f' ({hint})' if hint else ''}"
    elif isinstance(error, TimeoutError | openai.APITimeoutError):
        what = "no reply in time"
    elif isinstance(error.__cause__, RefusedRedirect):
        what = str(error.__cause__)
    elif isinstance(error, openai.APIConnectionError):
        what = "no connection"
    else:
        what = "a reply that is no chat completion"
    calls = "1 call" if attempts == 1 else f"{attempts} calls"
    return ModelUnavailable(
        f"model {model!r}: {what} after {calls}", retry_after_s=_read_retry_after_s(error)
    )


def _read_retry_after_s(error: BaseException | None) -> float | None:
    """Read how many seconds Retry-After asks to wait, given as a number or as a date, if any."""
    if not isinstance(error, openai.APIStatusError):
        return None
    value = error.response.headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return seconds if 0 < seconds < float("inf") else None
