"""JSON whose objects know the line they begin on."""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator

from service.transcripts.turns import IntakeError, Skipped

__all__ = ["Record", "at", "number", "parse", "records", "text_of"]

_DEEPEST = 64
_LONGEST = 40  # digits of a whole number; Python counts thousands, slowly
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


class Record(dict[str, object]):
    """A JSON object and its first line, counted from 1."""

    __slots__ = ("line",)
    line: int


def parse(text: str) -> object:
    """What the JSON holds, each object as a Record; IntakeError names the line of a fault.

    A key that stands twice in one object is a fault, since one of its values would be lost.
    """
    lines = iter(list(_object_lines(text)))

    def record(pairs: list[tuple[str, object]]) -> Record:
        found = Record(pairs)
        found.line = next(lines)
        if len(found) < len(pairs):
            raise IntakeError("a key stands twice in one object; keep one", line=found.line)
        return found

    try:
        return json.loads(text, object_pairs_hook=record, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise IntakeError(f"this is not JSON: {error.msg}", line=error.lineno) from None


def at(value: object, path: str) -> object:
    """What stands at a path of keys such as `participant.name`; None where nothing does."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def records(owner: object, path: str) -> Iterator[Record | Skipped]:
    """The objects of the list at a path, and a word on what there is no object."""
    line = owner.line if isinstance(owner, Record) else None
    found = at(owner, path) if path else owner
    if not isinstance(found, list):
        yield Skipped(line=line, reason=f"no list {path!r}")
        return
    for value in found:
        yield value if isinstance(value, Record) else Skipped(line=line, reason="not an object")


def number(value: object) -> float | None:
    """A number, also one written as text; NaN for what is none, None for what is absent."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        return float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return math.nan


def text_of(value: object) -> str:
    """An id or a name as text; empty for what is neither text nor a whole number."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _LONGEST else float(digits)


def _object_lines(text: str) -> Iterator[int]:
    """The line of each object's opening brace, in the order in which the objects close.

    That is the order in which a JSON parser finishes them. Raises IntakeError where lists and
    objects are nested too deeply to be a transcript.
    """
    breaks = [found.start() for found in re.finditer("\n", text)]
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            opened.append(bisect_right(breaks, token.start()) + 1)
            if len(opened) > _DEEPEST:
                raise IntakeError(f"nested more than {_DEEPEST} deep", line=opened[-1])
        elif token[0] in ("}", "]") and opened:
            line = opened.pop()
            if token[0] == "}":
                yield line
