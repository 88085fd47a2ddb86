"""Adapt the openai SDK to the chat-model seam: negotiation, retries and one deadline.

tenacity is the only retrier here. The SDK's own retries are switched off, since they know nothing
of the deadline.
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
from service.llm.chat import (
    Completion,
    Message,
    OutputSchema,
    Token,
    Usage,
    find_list_price,
)
from service.llm.structured_output import Dialect, OutputMode, build_request_body, step_down

__all__ = ["OpenAIModel"]

# 408 and 409 are retried as the SDK would; 425 (too early) and 429 ask for another try.
_TRANSIENT = {408, 409, 425, 429}
_HINTS = {401: "check the API key", 403: "check the API key", 404: "check model and base URL"}
_BACKOFF = wait_random_exponential(multiplier=0.5, max=8)


class _NotACompletion(Exception):
    """A 200 whose body is no chat completion: a proxy's page, a gateway's error, half a body."""


class OpenAIModel:
    """One model of one OpenAI-compatible endpoint.

    `options` are request parameters such as temperature. What the server refuses, an option or an
    output mode, is left out of later calls.
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
        """The way of asking for JSON that the server has accepted so far."""
        return self._dialect.mode

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
                    completion = await self._ask(messages, output, deadline - clock())
        except (openai.APIError, _NotACompletion, TimeoutError) as error:
            raise _explain_failure(error, self._model, attempts) from error
        return self._read(completion, output, attempts)

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(
        self, messages: Sequence[Message], output: OutputSchema, time_left_s: float
    ) -> ChatCompletion:
        """Make one call, again in another dialect for as long as the server refuses this one."""
        dialect = self._dialect
        async with asyncio.timeout(min(max(time_left_s, 0.0), self._request_timeout_s)):
            while True:
                body = build_request_body(dialect, messages, output, self._options)
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

    def _read(self, completion: ChatCompletion, output: OutputSchema, attempts: int) -> Completion:
        choice = completion.choices[0]
        usage = _read_usage(completion)
        return Completion(
            text=_read_text(choice, output),
            model=completion.model or self._model,
            usage=usage,
            cost_usd=_find_cost(completion, usage, self._model, str(self._client.base_url)),
            tokens=_read_tokens(choice),
            attempts=attempts,
        )


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _TRANSIENT or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError | TimeoutError | _NotACompletion)


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


def _read_text(choice: Choice, output: OutputSchema) -> str:
    message = choice.message
    if message.refusal or choice.finish_reason == "content_filter":
        raise ModelRefused(f"the model declined to {output.purpose}")
    for call in message.tool_calls or ():
        if call.type == "function":
            return call.function.arguments
    return message.content or ""


def _read_usage(completion: ChatCompletion) -> Usage:
    counted = completion.usage
    if counted is None:
        return Usage()
    details = counted.prompt_tokens_details
    return Usage(
        input_tokens=counted.prompt_tokens or 0,
        cached_input_tokens=(details.cached_tokens if details else 0) or 0,
        output_tokens=counted.completion_tokens or 0,
    )


def _find_cost(completion: ChatCompletion, usage: Usage, model: str, base_url: str) -> float | None:
    """Take what the server says it charged (OpenRouter does), else the list price."""
    charged = getattr(completion.usage, "cost", None)
    if isinstance(charged, int | float):
        return float(charged)
    return find_list_price(usage, model, base_url)


def _read_tokens(choice: Choice) -> tuple[Token, ...]:
    logprobs = choice.logprobs.content if choice.logprobs else None
    return tuple(
        Token(
            token.token,
            token.logprob,
            tuple((other.token, other.logprob) for other in token.top_logprobs or ()),
        )
        for token in logprobs or ()
    )
