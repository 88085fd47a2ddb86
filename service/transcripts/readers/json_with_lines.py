"""Read JSON into objects that know the line on which they begin."""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator

from service.errors import UnreadableSource
from service.transcripts.turns import Skipped

__all__ = [
    "JsonObject",
    "as_list",
    "begins_like_json",
    "find_value",
    "iter_objects",
    "parse_json",
    "read_ms",
    "read_number",
    "read_text",
]

_DEEPEST = 64
_MOST_DIGITS = 40  # of a whole number; Python takes very long for thousands
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
# A `[` alone is no sign of JSON: notes may begin with `[ ] call back` or `[Ann] hello`.
_BEGINNING = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+(?:\{|\]\s*+\Z))')


class JsonObject(dict[str, object]):
    """A JSON object and its first line, counted from 1."""

    __slots__ = ("line",)
    line: int


def begins_like_json(text: str) -> bool:
    """Tell whether a text begins as a JSON object or a list of them does."""
    return _BEGINNING.match(text) is not None


def parse_json(text: str) -> object:
    """Parse JSON, each object as a JsonObject; UnreadableSource names the line of a fault.

    A key that occurs twice in one object is a fault, since one of its values would be lost.
    """
    lines = iter(list(_find_object_lines(text)))

    def make_object(pairs: list[tuple[str, object]]) -> JsonObject:
        made = JsonObject(pairs)
        made.line = next(lines)
        if len(made) < len(pairs):
            raise UnreadableSource("a key stands twice in one object; keep one", line=made.line)
        return made

    try:
        return json.loads(text, object_pairs_hook=make_object, parse_int=_parse_whole_number)
    except json.JSONDecodeError as error:
        raise UnreadableSource(f"this is not JSON: {error.msg}", line=error.lineno) from None


def find_value(value: object, path: str) -> object:
    """Follow a path of keys such as `participant.name`; None if it leads nowhere."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def as_list(value: object) -> list[object]:
    """Give a list as it is, and no items for anything else."""
    return value if isinstance(value, list) else []


def iter_objects(owner: object, path: str) -> Iterator[JsonObject | Skipped]:
    """Yield each object of the list at `path`, and a Skipped for anything else in its place."""
    line = owner.line if isinstance(owner, JsonObject) else None
    found = find_value(owner, path) if path else owner
    if not isinstance(found, list):
        yield Skipped(line=line, reason=f"no list {path!r}")
        return
    for value in found:
        yield value if isinstance(value, JsonObject) else Skipped(line=line, reason="not an object")


def read_number(value: object) -> float | None:
    """Read a number, also one written as text; NaN for anything else, None if there is nothing."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        return float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return math.nan


def read_ms(value: object, unit_ms: float) -> float | None:
    """Read a time, given in units of `unit_ms`, in ms; see read_number."""
    given = read_number(value)
    return None if given is None else given * unit_ms


def read_text(value: object) -> str:
    """Read an id or a name as text; empty for what is neither text nor a whole number."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _parse_whole_number(digits: str) -> float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _find_object_lines(text: str) -> Iterator[int]:
    """Yield the line of each object's opening brace, in the order in which the objects close.

    A JSON parser finishes them in that order. Raises UnreadableSource if lists and objects are
    nested too deeply to be a transcript.
    """
    breaks = [found.start() for found in re.finditer("\n", text)]
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in ("{", "["):
            opened.append(bisect_right(breaks, token.start()) + 1)
            if len(opened) > _DEEPEST:
                raise UnreadableSource(f"nested more than {_DEEPEST} deep", line=opened[-1])
        elif token[0] in ("}", "]") and opened:
            line = opened.pop()
            if token[0] == "}":
                yield line
