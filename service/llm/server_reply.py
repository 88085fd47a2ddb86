"""Read what a server sent, strictly, into a record of ours: nothing else of it is ever used.

Servers that call themselves compatible send texts as lists, objects or numbers, null where a
message should be, and figures that are none. What can't be understood without a guess is no chat
completion; a figure that can't be right is unknown.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.llm.chat import Token, Usage
from service.llm.refusals import is_refusal_reason

__all__ = [
    "NotACompletion",
    "ServerReply",
    "is_cut_reason",
    "read_count",
    "read_error_words",
    "read_server_reply",
]

_WHOLE = {
    *("", "stop", "tool_calls", "function_call", "tool_use", "end_turn", "eos", "eos_token"),
    *("stop_sequence", "complete", "completed"),
}
_TEXT_PARTS = {"text", "output_text"}
_THINKING_PARTS = {
    *("thinking", "reasoning", "redacted_thinking", "reasoning_text", "reasoning_content"),
    *("summary_text", "thought"),
}
_MOST_TOKENS = 10**9
_MOST_USD = 10_000.0
_MOST_DIGITS = 30
_LONGEST_NAME = 200
# Where an error's own words stand. Others repeat the request, which names every option.
_ERROR_FIELDS = {
    *("error", "errors", "message", "msg", "detail", "details", "description", "title", "code"),
    *("type", "param", "loc", "reason", "reasons", "metadata", "raw", "innererror", "status"),
}


class NotACompletion(Exception):
    """A 200 whose body is no chat completion: a proxy's page, a gateway's error, half a body."""


@dataclass(frozen=True)
class ServerReply:
    """One reply, with every figure checked.

    `is_refusal`: a filter or the model declined. `is_cut`: it was stopped before its end. `usage`
    and `charged_usd` are None if they are unknown; `has_charge` says that the server named a price,
    be it one that can't be right. `model` is empty if the server names none.
    """

    text: str
    is_refusal: bool
    is_cut: bool
    model: str
    usage: Usage | None
    has_charge: bool
    charged_usd: float | None
    tokens: tuple[Token, ...]


class _Sent(BaseModel):
    """A part of what a server sent: types are exact, unknown fields are passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


class _Part(_Sent):
    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class _Function(_Sent):
    arguments: str | dict[str, Any]


class _ToolCall(_Sent):
    function: _Function


class _Message(_Sent):
    content: str | list[str | _Part] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None
    function_call: _Function | None = None


class _Choice(_Sent):
    message: _Message | None = None
    finish_reason: str | None = None
    logprobs: Any = None


class _Body(_Sent):
    choices: Annotated[list[Any], Field(min_length=1)]
    model: Any = None
    usage: Any = None


_LogProb = Annotated[float, Field(le=0, allow_inf_nan=False)]


class _Alternative(_Sent):
    token: str
    logprob: _LogProb


class _SampledToken(_Alternative):
    top_logprobs: list[_Alternative] | None = None


class _LogProbs(_Sent):
    content: list[_SampledToken] | None = None


def read_server_reply(content: bytes) -> ServerReply:
    """Read the body of a 200; NotACompletion if it is none that can be understood."""
    sent = _read_json(content)
    if _is_blocked_prompt(sent):
        return _make_refusal()
    try:
        body = _Body.model_validate(sent)
        choice = _Choice.model_validate(body.choices[0])
    except ValidationError as error:
        raise NotACompletion from error
    reason = (choice.finish_reason or "").strip().lower()
    is_refusal, is_cut = is_refusal_reason(reason), is_cut_reason(reason)
    message = choice.message
    if reason == "error" or (message is None and not (is_refusal or is_cut)):
        raise NotACompletion
    message = message or _Message()
    usage = body.usage if isinstance(body.usage, dict) else {}
    return ServerReply(
        text=_read_text(message),
        is_refusal=is_refusal or _has_refusal(message),
        is_cut=is_cut,
        model=_read_name(body.model),
        usage=_read_usage(usage),
        has_charge=usage.get("cost") is not None,
        charged_usd=_read_charge(usage.get("cost")),
        tokens=_read_tokens(choice.logprobs),
    )


def is_cut_reason(reason: str) -> bool:
    """True if a finish reason is none by which a reply comes to its own end."""
    return reason.strip().lower() not in _WHOLE


def read_count(value: object) -> int | None:
    """Read a number of tokens; None if it can't be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= _MOST_TOKENS or value != int(value):  # NaN fails the first
        return None
    return int(value)


def read_error_words(body: object) -> str:
    """Join an error's own words and codes, without the request that some servers repeat in it."""
    return " ".join(_list_words(body, depth=0))[:4000]


def _read_json(content: bytes) -> object:
    try:
        return json.loads(content, parse_int=_read_integer)
    except (ValueError, RecursionError) as error:
        raise NotACompletion from error


def _read_integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


def _is_blocked_prompt(sent: object) -> bool:
    """True if a filter let no reply begin: said beside empty choices, or as an error."""
    if not isinstance(sent, dict) or sent.get("choices"):
        return False
    feedback = sent.get("promptFeedback") or sent.get("prompt_feedback")
    if isinstance(feedback, dict) and (feedback.get("blockReason") or feedback.get("block_reason")):
        return True
    error = sent.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return isinstance(code, str) and is_refusal_reason(code)


def _make_refusal() -> ServerReply:
    return ServerReply("", True, False, "", None, False, None, ())


def _has_refusal(message: _Message) -> bool:
    parts = message.content if isinstance(message.content, list) else []
    return bool(message.refusal) or any(isinstance(p, _Part) and p.refusal for p in parts)


def _read_text(message: _Message) -> str:
    """Return the arguments of the function that was called, else the text.

    Of several calls all are returned: which one was meant is not guessed.
    """
    calls = [call.function for call in message.tool_calls or ()]
    if message.function_call:
        calls.append(message.function_call)
    if calls:
        return "\n".join(
            call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
            for call in calls
        )
    if isinstance(message.content, list):
        return "".join(_read_part(part) for part in message.content)
    return message.content or ""


def _read_part(part: str | _Part) -> str:
    if isinstance(part, str):
        return part
    if part.type in _THINKING_PARTS or part.refusal:
        return ""
    if part.type not in _TEXT_PARTS or part.text is None:
        raise NotACompletion
    return part.text


def _read_name(value: object) -> str:
    """Return the model's name if it can be stored and shown."""
    is_name = isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_NAME
    return str(value) if is_name else ""


def _read_usage(sent: Mapping[str, Any]) -> Usage | None:
    counted = [read_count(sent.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    asked, replied = counted
    if asked is None or replied is None:
        return None
    details = sent.get("prompt_tokens_details")
    cached = read_count(details.get("cached_tokens")) if isinstance(details, dict) else None
    return Usage(
        input_tokens=asked, cached_input_tokens=min(cached or 0, asked), output_tokens=replied
    )


def _read_charge(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST_USD else None


def _read_tokens(sent: object) -> tuple[Token, ...]:
    """Read the log-probabilities; none at all if one of them can't be right."""
    try:
        tokens = _LogProbs.model_validate(sent).content if sent else None
    except ValidationError:
        return ()
    return tuple(
        Token(
            token.token,
            token.logprob,
            tuple((other.token, other.logprob) for other in token.top_logprobs or ()),
        )
        for token in tokens or ()
    )


def _list_words(value: object, depth: int) -> list[str]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return [str(value)[:2000]]
    if depth > 6:
        return []
    if isinstance(value, list):
        return [word for item in value[:20] for word in _list_words(item, depth + 1)]
    if isinstance(value, dict):
        named = (item for name, item in value.items() if name in _ERROR_FIELDS)
        return [word for item in named for word in _list_words(item, depth + 1)]
    return []
