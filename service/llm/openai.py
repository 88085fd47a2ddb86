"""The openai SDK behind the chat-model seam: negotiation, retries and one deadline.

tenacity is the only retrier here: the SDK's own is switched off.
"""

import asyncio
import email.utils
import time
from collections.abc import Mapping, Sequence
from typing import Any

import openai
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from service.errors import ModelRefused, ModelUnavailable
from service.llm.chat import Completion, Message, Token, Usage
from service.llm.prices import cost_usd
from service.llm.structured_output import Dialect, OutputMode, request_body, step_down

__all__ = ["OpenAIModel"]

_TRANSIENT = {408, 409, 425, 429}
_HINTS = {401: "check the API key", 403: "check the API key", 404: "check model and base URL"}
_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)


class _NotACompletion(Exception):
    """A 200 whose body is no chat completion: a proxy's page, a gateway's error, half a body."""


class OpenAIModel:
    """One model of one OpenAI-compatible endpoint.

    `options` are request parameters such as temperature; those that the server refuses are left out
    of later calls, and so is an output mode it does not know.
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
        self._client = client.with_options(max_retries=0)
        self._model = model
        self._options = dict(options)
        self._request_timeout_s = request_timeout_s
        self._max_attempts = max_attempts
        self._dialect = Dialect()

    @property
    def name(self) -> str:
        return self._model

    @property
    def output_mode(self) -> OutputMode:
        """How JSON is asked for, after what was learnt so far."""
        return self._dialect.mode

    async def complete(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, deadline: float
    ) -> Completion:
        """See ChatModel.complete."""
        clock = asyncio.get_running_loop().time
        attempts = 0
        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            wait=_wait_s,
            stop=stop_after_attempt(self._max_attempts) | stop_before_delay(deadline - clock()),
            reraise=True,
        )
        try:
            async for attempt in retrying:
                with attempt:
                    attempts += 1
                    completion = await self._ask(messages, schema, deadline - clock())
        except (openai.APIError, _NotACompletion, TimeoutError) as error:
            raise _unavailable(error, self._model, attempts) from error
        return self._read(completion, attempts)

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any], time_left_s: float
    ) -> ChatCompletion:
        """One answered call, however many output modes are tried for it."""
        dialect = self._dialect
        async with asyncio.timeout(min(max(time_left_s, 0.0), self._request_timeout_s)):
            while True:
                body = request_body(dialect, messages, schema, self._options)
                try:  # extra_body: the SDK would walk every field of the schema for each call
                    completion = await self._client.chat.completions.create(
                        model=self._model, messages=[], extra_body=body
                    )
                except openai.APIStatusError as error:
                    lower = step_down(
                        dialect, self._options, error.status_code, error.message, error.param
                    )
                    if lower is None:
                        raise
                    dialect = lower
                except (ValueError, openai.APIResponseValidationError) as error:
                    raise _NotACompletion from error
                else:
                    if not isinstance(completion, ChatCompletion) or not completion.choices:
                        raise _NotACompletion
                    self._dialect = dialect
                    return completion

    def _read(self, completion: ChatCompletion, attempts: int) -> Completion:
        choice = completion.choices[0]
        usage = _usage(completion)
        return Completion(
            text=_text(choice),
            model=completion.model or self._model,
            usage=usage,
            cost_usd=_cost(completion, usage, self._model, str(self._client.base_url)),
            tokens=_tokens(choice),
            attempts=attempts,
        )


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _TRANSIENT or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError | TimeoutError | _NotACompletion)


def _wait_s(state: RetryCallState) -> float:
    """At least what the server asks for, at least a jittered exponential backoff."""
    error = state.outcome.exception() if state.outcome else None
    return max(_retry_after_s(error) or 0.0, _BACKOFF(state))


def _unavailable(error: Exception, model: str, attempts: int) -> ModelUnavailable:
    if isinstance(error, openai.APIStatusError):
        hint = _HINTS.get(error.status_code)
        what = f"HTTP {error.status_code}{f' ({hint})' if hint else ''}"
    elif isinstance(error, TimeoutError | openai.APITimeoutError):
        what = "no reply in time"
    elif isinstance(error, openai.APIConnectionError):
        what = "no connection"
    else:
        what = "a reply that is no chat completion"
    calls = "1 call" if attempts == 1 else f"{attempts} calls"
    return ModelUnavailable(
        f"model {model!r}: {what} after {calls}", retry_after_s=_retry_after_s(error)
    )


def _retry_after_s(error: BaseException | None) -> float | None:
    """Seconds the server asks to wait, from Retry-After in seconds or as a date; None without."""
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


def _text(choice: Choice) -> str:
    message = choice.message
    if message.refusal or choice.finish_reason == "content_filter":
        raise ModelRefused("the model declined to grade this answer")
    for call in message.tool_calls or ():
        if call.type == "function":
            return call.function.arguments
    return message.content or ""


def _usage(completion: ChatCompletion) -> Usage:
    counted = completion.usage
    if counted is None:
        return Usage()
    details = counted.prompt_tokens_details
    return Usage(
        input_tokens=counted.prompt_tokens or 0,
        cached_input_tokens=(details.cached_tokens if details else 0) or 0,
        output_tokens=counted.completion_tokens or 0,
    )


def _cost(completion: ChatCompletion, usage: Usage, model: str, base_url: str) -> float | None:
    """What the server says it charged (OpenRouter does), else the list price."""
    charged = getattr(completion.usage, "cost", None)
    if isinstance(charged, int | float):
        return float(charged)
    return cost_usd(usage, model, base_url)


def _tokens(choice: Choice) -> tuple[Token, ...]:
    logprobs = choice.logprobs.content if choice.logprobs else None
    return tuple(
        Token(
            token.token,
            token.logprob,
            tuple((other.token, other.logprob) for other in token.top_logprobs or ()),
        )
        for token in logprobs or ()
    )
