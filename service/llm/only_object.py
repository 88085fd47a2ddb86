"""Read the one JSON object that a reply consists of; a reply is never guessed at."""

import contextlib
import json
import re
from typing import Any

from service.errors import MalformedReply
from service.llm.thinking import leave_out_thinking

__all__ = ["parse_only_object"]

_MAX_CHARACTERS = 100_000
_MAX_DIGITS = 30
_MAX_PROSE = 160

_OBJECT = re.compile(r'\{\s*(?:["}]|\Z)')
# Group 1 keeps strings as they are, so that only a comma between values is found.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
# Marks around an object that say nothing about it: fences, tags, tokens that end a turn.
_WRAPPING = re.compile(
    r"```\w*|</?(?:tool_calls?|function_calls?|function|answer|final|final_answer|output|json|"
    r"response|result|reply)>|<function=\w+>|\[/?TOOL_CALLS\]|<\|[\w▁｜]+\|>|</?s>|[\[\]]",
    re.IGNORECASE,
)
# Words that leave open whether the object is meant: a refusal, an example, a second thought.
_HEDGE = re.compile(
    r"n't\b|\b(?:would|could|might|may|if|example|draft|sample|template|placeholder|schema|"
    r"hypothetical\w*|tentativ\w+|maybe|perhaps|unsure|wait|hm+|actually|however|instead|but|not|"
    r"cannot|unable|sorry|unfortunately|correct\w*|revis\w+|reconsider\w*|wrong|mistake\w*|first|"
    r"nicht|wäre|würde|kann|kein\w*|beispiel|pas|serait|impossible|exemple|sería|ejemplo|não|"
    r"seria|exemplo|esempio|sarebbe|non)\b",
    re.IGNORECASE,
)
_AFTERTHOUGHT = re.compile(
    r"\b(?:verdict|final|grade|should|overall|rather|change)\b", re.IGNORECASE
)
_CALL_FIELDS = {"name", "arguments", "parameters", "id", "type"}


def parse_only_object(text: str) -> object:
    """Parse the one JSON object of a reply; thinking, a fence and a short preface are passed over.

    A trailing comma is passed over too, and a tool call that is written out as text is read for its
    arguments. Raises MalformedReply if there is no object, more than one, half of one, a broken
    one, one amid prose, or a field given twice: nobody knows then what the model meant.
    """
    if len(text) > _MAX_CHARACTERS:
        raise MalformedReply(["the reply is far too long"])
    whole = _decode_whole(text)
    if whole is not None:
        return _read_call(whole)
    text = leave_out_thinking(text)
    if not text.strip():
        raise MalformedReply(["the reply is empty"])
    opening = _OBJECT.search(text)
    if opening is None:
        raise MalformedReply(["the reply holds no JSON object"])
    value, text, end = _decode(text, opening.start())
    if _OBJECT.search(text, end):
        raise MalformedReply(["more than one JSON object"])
    _check_prose(text[: opening.start()], text[end:])
    return _read_call(value)


def _decode_whole(text: str) -> object:
    """Decode a text that is one object from end to end; None if it is not.

    A quote in it may hold any mark, so such a text is not searched for them.
    """
    try:
        value = _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decode(text: str, start: int) -> tuple[object, str, int]:
    """Decode the object at `start`: its value, the text it was read from, and its end there."""
    with contextlib.suppress(json.JSONDecodeError):
        return _decode_at(text, start)
    tidied = text[:start] + _TRAILING_COMMA.sub(lambda found: found[1] or "", text[start:])
    try:
        return _decode_at(tidied, start)
    except json.JSONDecodeError as error:
        is_cut = error.msg.startswith("Unterminated string") or not tidied[error.pos :].strip()
        reason = "the JSON object is cut off" if is_cut else "the JSON is broken"
        raise MalformedReply([reason]) from error


def _decode_at(text: str, start: int) -> tuple[object, str, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError as error:
        raise MalformedReply(["the JSON is nested too deeply"]) from error
    return value, text, end


def _check_prose(before: str, after: str) -> None:
    """Raise MalformedReply if what surrounds the object may say that it is not the reply."""
    preface, ending = (_unwrap(before), _unwrap(after))
    is_doubtful = _HEDGE.search(f"{preface} {ending}") or _AFTERTHOUGHT.search(ending)
    if is_doubtful or max(len(preface), len(ending)) > _MAX_PROSE:
        raise MalformedReply(["text stands around the JSON object; reply with the object alone"])


def _unwrap(prose: str) -> str:
    return " ".join(_WRAPPING.sub(" ", prose).replace("’", "'").split())


def _read_call(value: object) -> object:
    """Return the arguments of a tool call that the model wrote out as text, else the value."""
    if isinstance(value, dict) and value.keys() == {"type", "function"}:
        value = value["function"]
    if not isinstance(value, dict) or "name" not in value or value.keys() - _CALL_FIELDS:
        return value
    given = [value[name] for name in ("arguments", "parameters") if name in value]
    if len(given) != 1:
        return value
    return parse_only_object(given[0]) if isinstance(given[0], str) else given[0]


def _make_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse repeated fields, of which json would silently keep the last."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedReply(["a field is given twice"])
    return fields


def _read_integer(digits: str) -> int:
    """Refuse what Python itself refuses to convert, and long before that."""
    if len(digits) > _MAX_DIGITS:
        raise MalformedReply(["a number is far too long"])
    return int(digits)


# Models write line breaks into strings as they are, which JSON forbids and which is clear.
_DECODER = json.JSONDecoder(object_pairs_hook=_make_fields, parse_int=_read_integer, strict=False)
