"""Which structured output a server understands, found out by asking and stepping down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from service.llm.chat import Message

__all__ = ["TOOL_NAME", "Dialect", "OutputMode", "request_body", "step_down"]

TOOL_NAME = "submit_grade"


class OutputMode(StrEnum):
    """How JSON is asked for, from the strictest to none at all."""

    JSON_SCHEMA = "json_schema"
    TOOL = "tool"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True)
class Dialect:
    """What to send to one model of one server: the output mode, and parameters it refused."""

    mode: OutputMode = OutputMode.JSON_SCHEMA
    dropped: frozenset[str] = frozenset()


_OPAQUE = {400, 422}
_REFUSALS = _OPAQUE | {404, 405, 415, 501}
_WORDS_OF_MODE = {
    OutputMode.JSON_SCHEMA: ("response_format", "json_schema", "schema", "strict", "structured"),
    OutputMode.TOOL: ("tool", "function"),
    OutputMode.JSON_OBJECT: ("response_format", "json_object", "json mode"),
    OutputMode.TEXT: (),
}


def request_body(
    dialect: Dialect,
    messages: Sequence[Message],
    schema: Mapping[str, Any],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The chat-completions request without its model: messages, output mode, options kept."""
    return {
        "messages": [{"role": message.role, "content": message.text} for message in messages],
        **{name: value for name, value in options.items() if name not in dialect.dropped},
        **_output(dialect.mode, schema),
    }


def step_down(
    dialect: Dialect,
    options: Mapping[str, Any],
    status: int,
    message: str,
    parameter: str | None,
) -> Dialect | None:
    """What to try after a server refused a request; None when nothing is left or likely to help.

    A refusal that names an option drops it; one that names the output mode takes the next mode; a
    400 or 422 that names neither drops every option first, then takes the next modes.
    """
    said = f"{parameter or ''} {message}".lower()
    kept = [name for name in options if name not in dialect.dropped]
    named = [name for name in kept if name in said]
    blames_mode = any(word in said for word in _WORDS_OF_MODE[dialect.mode])
    if status not in _REFUSALS or (status not in _OPAQUE and not (named or blames_mode)):
        return None
    if named and (parameter in named or not blames_mode):
        return replace(dialect, dropped=dialect.dropped | set(named))
    if kept and not blames_mode:
        return replace(dialect, dropped=dialect.dropped | set(kept))
    modes = list(OutputMode)
    place = modes.index(dialect.mode) + 1
    return replace(dialect, mode=modes[place]) if place < len(modes) else None


def _output(mode: OutputMode, schema: Mapping[str, Any]) -> dict[str, Any]:
    match mode:
        case OutputMode.JSON_SCHEMA:
            form = {"name": "grade", "strict": True, "schema": schema}
            return {"response_format": {"type": "json_schema", "json_schema": form}}
        case OutputMode.TOOL:
            function = {"name": TOOL_NAME, "strict": True, "parameters": schema}
            return {
                "tools": [{"type": "function", "function": function}],
                "tool_choice": {"type": "function", "function": {"name": TOOL_NAME}},
            }
        case OutputMode.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}}
        case OutputMode.TEXT:
            return {}
