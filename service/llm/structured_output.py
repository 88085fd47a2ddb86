"""Get JSON of a schema out of a chat model: ask as strictly as its server allows, then read it.

Servers understand different ways of asking, and few say which. So the strictest is tried first,
and each refusal leads to the next.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from service.errors import MalformedReply
from service.llm.chat import Message, OutputSchema

__all__ = [
    "Dialect",
    "OutputMode",
    "build_request_body",
    "make_object_schema",
    "parse_only_object",
    "step_down",
]


class OutputMode(StrEnum):
    """A way of asking for JSON, from the strictest to none at all."""

    JSON_SCHEMA = "json_schema"
    TOOL = "tool"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True)
class Dialect:
    """A way of speaking to one model of one server: an output mode, and options to leave out."""

    mode: OutputMode = OutputMode.JSON_SCHEMA
    dropped: frozenset[str] = frozenset()


# A 400 or 422 often does not say what was wrong, so it is taken for a refusal of whatever is left
# to give up. The other statuses have many causes: they count only if the message names one.
_OPAQUE = {400, 422}
_REFUSALS = _OPAQUE | {404, 405, 415, 501}
_WORDS_OF_MODE = {
    OutputMode.JSON_SCHEMA: ("response_format", "json_schema", "schema", "strict", "structured"),
    OutputMode.TOOL: ("tool", "function"),
    OutputMode.JSON_OBJECT: ("response_format", "json_object", "json mode"),
    OutputMode.TEXT: (),
}

_MAX_CHARACTERS = 100_000
# Reasoning models write drafts of the object here, which are not the reply.
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL | re.IGNORECASE)


def build_request_body(
    dialect: Dialect,
    messages: Sequence[Message],
    output: OutputSchema,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Build a chat-completions request, all but its model: messages, options and output mode."""
    return {
        "messages": [{"role": message.role, "content": message.text} for message in messages],
        **{name: value for name, value in options.items() if name not in dialect.dropped},
        **_ask_for_output(dialect.mode, output),
    }


def step_down(
    dialect: Dialect,
    options: Mapping[str, Any],
    status: int,
    message: str,
    parameter: str | None,
) -> Dialect | None:
    """Choose what to try after a server refused a request; None if nothing is likely to help.

    A refusal that names an option drops it. One that names the output mode takes the next mode. A
    400 or 422 that names neither first drops every option, then takes one mode after the other.
    """
    refusal = f"{parameter or ''} {message}".lower()
    kept = [name for name in options if name not in dialect.dropped]
    named = [name for name in kept if name in refusal]
    blames_mode = any(word in refusal for word in _WORDS_OF_MODE[dialect.mode])
    if status not in _REFUSALS or (status not in _OPAQUE and not (named or blames_mode)):
        return None
    # Messages about the mode list what is supported, options included: the field `param` decides.
    if named and (parameter in named or not blames_mode):
        return replace(dialect, dropped=dialect.dropped | set(named))
    if kept and not blames_mode:
        return replace(dialect, dropped=dialect.dropped | set(kept))
    modes = list(OutputMode)
    place = modes.index(dialect.mode) + 1
    return replace(dialect, mode=modes[place]) if place < len(modes) else None


def make_object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """Make the JSON Schema of an object with these properties, all required, and no others.

    Strict modes accept no schema with optional or additional properties.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse_only_object(text: str) -> object:
    """Parse the one JSON object in a reply; prose around it is allowed.

    Raises MalformedReply if there is none, more than one, half of one, or a field given twice. The
    reply is never guessed at: with two objects nobody knows which one the model meant.
    """
    if len(text) > _MAX_CHARACTERS:
        raise MalformedReply(["the reply is far too long"])
    text = _THINKING.sub("", text)
    if not text.strip():
        raise MalformedReply(["the reply is empty"])
    decoder = json.JSONDecoder(object_pairs_hook=_make_fields)
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


def _ask_for_output(mode: OutputMode, output: OutputSchema) -> dict[str, Any]:
    match mode:
        case OutputMode.JSON_SCHEMA:
            form = {"name": output.name, "strict": True, "schema": output.schema}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case OutputMode.TOOL:
            tool = f"submit_{output.name}"
            function = {"name": tool, "strict": True, "parameters": output.schema}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": tool}},
            }
        case OutputMode.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}}
        case _:  # plain text: the prompt alone asks for JSON
            return {}


def _ends_too_soon(error: json.JSONDecodeError) -> bool:
    return error.msg.startswith("Unterminated string") or not error.doc[error.pos :].strip()


def _make_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated fields, of which json would silently keep the last."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedReply(["a field is given twice"])
    return fields
