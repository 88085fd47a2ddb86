"""Ask a chat model for JSON of a schema, as strictly as its server allows.

Servers understand different ways of asking, and few say which. So the strictest is tried first,
and each refusal leads to the next.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from service.llm.chat import Message, OutputSchema

__all__ = [
    "Dialect",
    "OutputMode",
    "build_request_body",
    "make_object_schema",
    "step_down",
    "take_next_mode",
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
# to give up, unless it names what no other request would mend. The other statuses have many causes:
# they count only if the message names one.
_OPAQUE = {400, 422}
_REFUSALS = _OPAQUE | {403, 404, 405, 406, 415, 501}
_BUSY = {408, 425, 429}
_WORDS_OF_MODE = {
    OutputMode.JSON_SCHEMA: r"response_?format|json_?schema|schema|strict|structured",
    OutputMode.TOOL: r"tool|function",
    OutputMode.JSON_OBJECT: r"response_?format|json_?object|json mode",
    OutputMode.TEXT: r"(?!)",
}
_BEYOND_MENDING = re.compile(
    r"context[_ ](?:length|window|size)|model_not_found|no such model|api[_ -]?key|quota|billing"
)
# Servers write of an option in their own way; a longer name must not count as a shorter one.
_WORDS_OF_OPTION = {
    "logprobs": r"(?<!top_)(?<!top )log[_ -]?prob(?:s|abilit(?:y|ies))?",
    "top_logprobs": r"top[_ -]log[_ -]?probs?",
}
_NEEDS = {"top_logprobs": "logprobs"}


def build_request_body(
    dialect: Dialect,
    messages: Sequence[Message],
    output: OutputSchema,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Build a chat-completions request, all but its model: messages, options and output mode."""
    return {
        "messages": [{"role": m.role, "content": _make_sendable(m.text)} for m in messages],
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

    A refusal that names an option drops it, and with it the option that needs it, whatever the 4xx.
    One that names the output mode takes the next mode. A 400 or 422 that names neither first drops
    every option, then takes one mode after the other.
    """
    refusal = f"{parameter or ''} {message}".lower()
    kept = [name for name in options if name not in dialect.dropped]
    named = [name for name in kept if _is_named(name, refusal)]
    accused = [name for name in named if _is_named(name, (parameter or "").lower())]
    blames_mode = re.search(rf"(?<![a-z])(?:{_WORDS_OF_MODE[dialect.mode]})", refusal) is not None
    # Messages about the mode list what is supported, options included: the field `param` decides.
    if accused or (named and not blames_mode):
        blamed = set(accused or named)
        blamed |= {name for name in kept if _NEEDS.get(name) in blamed}
        return _drop(dialect, blamed) if _may_refuse_option(status) else None
    if status not in _REFUSALS or (status not in _OPAQUE and not blames_mode):
        return None
    if not blames_mode and _BEYOND_MENDING.search(refusal):
        return None
    if kept and not blames_mode:
        return _drop(dialect, set(kept))
    return take_next_mode(dialect)


def take_next_mode(dialect: Dialect) -> Dialect | None:
    """Take the next less strict output mode; None after the last."""
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


def _make_sendable(text: str) -> str:
    """Replace lone surrogates: a reply may hold them, and no request can."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _is_named(option: str, words: str) -> bool:
    pattern = _WORDS_OF_OPTION.get(option, re.escape(option))
    return re.search(rf"(?<![a-z_]){pattern}(?![a-z_])", words) is not None


def _may_refuse_option(status: int) -> bool:
    return (400 <= status < 500 and status not in _BUSY) or status == 501


def _drop(dialect: Dialect, options: set[str]) -> Dialect:
    return replace(dialect, dropped=dialect.dropped | options)
