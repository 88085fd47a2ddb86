"""What a model must reply: its JSON Schema, and a parser that never guesses."""

import json
import re
from typing import Any

from pydantic import ValidationError, field_validator
from pydantic_core import ErrorDetails

from service.errors import MalformedReply
from service.judging.models import SignalStatus, Verdict
from service.judging.quotes import is_invisible
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["Claim", "Reply", "only_object", "parse_reply", "reply_schema", "strict_object"]

_MAX_CHARACTERS = 100_000
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL | re.IGNORECASE)


class Claim(Frozen):
    """What the model says of one signal; the quote is not yet verified."""

    status: SignalStatus
    quote: str

    @field_validator("quote", mode="before")
    @classmethod
    def _null_is_no_quote(cls, value: object) -> object:
        return "" if value is None else value


class Reply(Frozen):
    """One whole reply, signals first so that the verdict is written after the evidence."""

    signals: dict[str, Claim]
    rationale: str
    verdict: Verdict

    @field_validator("rationale")
    @classmethod
    def _can_be_stored(cls, value: str) -> str:
        """Without control characters and lone surrogates, which JSON lets through."""
        return "".join(character for character in value if not is_invisible(character))[:2000]


def reply_schema(question: Question) -> dict[str, Any]:
    """The strict JSON Schema of a reply on this question: every signal once, nothing else."""
    claim = strict_object(
        {
            "status": {"type": "string", "enum": [status.value for status in SignalStatus]},
            "quote": {"type": "string"},
        }
    )
    return strict_object(
        {
            "signals": strict_object({signal.id: claim for signal in question.signals}),
            "rationale": {"type": "string"},
            "verdict": {"type": "string", "enum": [verdict.value for verdict in Verdict]},
        }
    )


def parse_reply(text: str, question: Question) -> Reply:
    """The one reply a text holds, prose around it allowed.

    Raises MalformedReply, whose reasons quote neither the model nor the customer: no JSON object or
    more than one, repeated or unknown or missing fields or signals, any verdict or status off the
    list.
    """
    try:
        reply = Reply.model_validate(only_object(text))
    except ValidationError as error:
        raise MalformedReply([_reason(fault) for fault in error.errors()]) from error
    asked = {signal.id for signal in question.signals}
    reasons = [f"signal {i} is missing" for i in sorted(asked - reply.signals.keys())]
    if reply.signals.keys() - asked:
        reasons.append(f"unknown signal ids; use only {', '.join(sorted(asked))}")
    if reasons:
        raise MalformedReply(reasons)
    return reply


def strict_object(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an object with these properties, all required, and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def only_object(text: str) -> object:
    """The one JSON object a text holds, prose around it allowed; MalformedReply where not one."""
    if len(text) > _MAX_CHARACTERS:
        raise MalformedReply(["the reply is far too long"])
    text = _THINKING.sub("", text)
    if not text.strip():
        raise MalformedReply(["the reply is empty"])
    decoder = json.JSONDecoder(object_pairs_hook=_without_repeats)
    found: list[object] = []
    start = text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            if not found and _ends_too_soon(error):
                raise MalformedReply(["the JSON object is cut off"]) from error
            start = text.find("{", start + 1)
        except RecursionError as error:
            raise MalformedReply(["the JSON is nested too deeply"]) from error
        else:
            found.append(value)
            start = text.find("{", end)
    if len(found) != 1:
        reason = "the reply holds no JSON object" if not found else "more than one JSON object"
        raise MalformedReply([reason])
    return found[0]


def _ends_too_soon(error: json.JSONDecodeError) -> bool:
    return error.msg.startswith("Unterminated string") or not error.doc[error.pos :].strip()


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedReply(["a field is given twice"])
    return fields


def _reason(fault: ErrorDetails) -> str:
    known = {"signals", "rationale", "verdict", "status", "quote"}
    steps = [
        str(s) for s in fault["loc"] if s in known or re.fullmatch(r"(good|weak)\.\d+", str(s))
    ]
    if fault["type"] == "extra_forbidden":
        return f"{'.'.join(steps) or 'reply'}: a field that the format does not have"
    return f"{'.'.join(steps)}: {fault['msg']}"
