"""Read and write the marks inside a Markdown cell: escapes, code, entities and line breaks."""

import html
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "BULLET",
    "find_escapes",
    "hide",
    "mask",
    "reveal",
    "reveal_line",
    "split_breaks",
    "write_plainly",
]

# A row of backslash and punctuation is an escape in Markdown; before a letter it is a backslash.
_PUNCTUATION = r"!-/:-@\[-`{-~"
_ENTITY = r"&(?:nbsp|amp|lt|gt|quot|apos|vert|rarr|#\d{1,6});"
_BREAK = r"<br\s*/?>"
_SPANS = re.compile(
    rf"(?P<escape>\\[{_PUNCTUATION}])|(?P<entity>{_ENTITY})|(?P<break>{_BREAK})|(?P<code>`+)",
    re.IGNORECASE,
)
_TO_ESCAPE = re.compile(
    rf"\\(?=[{_PUNCTUATION}])|`+|<(?={_BREAK[1:]}|!--)|&(?={_ENTITY[1:]})", re.IGNORECASE
)
# A point of a list: "- one<br>- two". Word processors write the other signs.
BULLET = re.compile(r"[-*•·–]\s+(?=\S)")
_FILLER = "\ufffc"


class _Kind(StrEnum):
    TEXT = "text"
    ESCAPE = "escape"
    ENTITY = "entity"
    BREAK = "break"
    CODE = "code"


@dataclass(frozen=True)
class _Span:
    kind: _Kind
    text: str


def reveal(written: str) -> str:
    """Give the text that a written cell shows: escapes and entities undone, code as it is."""
    return "".join(_reveal_span(span) for span in _split_spans(written))


def reveal_line(written: str) -> str:
    """Give the text of a cell on one line: a space for each line break."""
    return " ".join(reveal(part) for part in split_breaks(written) if part)


def write_plainly(text: str) -> str:
    """Write a text so that `reveal` gives it back: the inverse, with as few marks as possible."""
    code = list(_find_code(text))
    starts = [start for start, _ in code]
    written, done = [], 0
    for found in _TO_ESCAPE.finditer(text):
        before = bisect_right(starts, found.start()) - 1
        if before >= 0 and found.start() < code[before][1]:
            continue
        # Each backtick of a run that closes nowhere gets a backslash of its own.
        written += [text[done : found.start()], *(f"\\{mark}" for mark in found[0])]
        done = found.end()
    return "".join([*written, text[done:]])


def hide(mark: str) -> str:
    """Write one character so that it shows but does nothing."""
    return f"\\{mark}" if re.fullmatch(f"[{_PUNCTUATION}]", mark) else f"&#{ord(mark)};"


def find_escapes(written: str) -> Iterator[tuple[int, str]]:
    """Find the escapes outside code: where each is, and the mark that it shows."""
    place = 0
    for span in _split_spans(written):
        if span.kind is _Kind.ESCAPE:
            yield place, span.text[1:]
        place += len(span.text)


def split_breaks(written: str) -> list[str]:
    """Split a written cell at its line breaks, without white space around them."""
    parts = [""]
    for span in _split_spans(written):
        if span.kind is _Kind.BREAK:
            parts.append("")
        else:
            parts[-1] += span.text
    return [part.strip() for part in parts]


def mask(written: str) -> str:
    """Blank what is no plain text, each character for one: places in the result are those in it."""
    return "".join(_mask_span(span) for span in _split_spans(written))


def _mask_span(span: _Span) -> str:
    if span.kind is _Kind.TEXT:
        return span.text
    is_space = span.kind is _Kind.BREAK or span.text.lower() == "&nbsp;"
    return (" " if is_space else _FILLER) * len(span.text)


def _reveal_span(span: _Span) -> str:
    match span.kind:
        case _Kind.ESCAPE:
            return span.text[1:]
        case _Kind.ENTITY:
            return html.unescape(span.text)
        case _Kind.CODE:
            # A table's own escape: a bar would end the cell, even in code.
            return span.text.replace("\\|", "|")
        case _Kind.TEXT | _Kind.BREAK:
            return span.text


def _split_spans(written: str) -> Iterator[_Span]:
    closing = _index_backticks(written)
    start = place = 0
    while found := _SPANS.search(written, place):
        kind, end = _Kind(str(found.lastgroup)), found.end()
        if kind is _Kind.CODE:
            close = _find_closing(closing, len(found[0]), end)
            if close is None:  # no code: backticks that close nowhere are text
                place = end
                continue
            end = close
        if start < found.start():
            yield _Span(_Kind.TEXT, written[start : found.start()])
        yield _Span(kind, written[found.start() : end])
        start = place = end
    if start < len(written):
        yield _Span(_Kind.TEXT, written[start:])


def _find_code(text: str) -> Iterator[tuple[int, int]]:
    """Find the code of a text in which a backslash is only a backslash."""
    closing, place = _index_backticks(text), 0
    while found := re.compile("`+").search(text, place):
        end = _find_closing(closing, len(found[0]), found.end())
        if end is not None:
            yield found.start(), end
        place = end or found.end()


def _index_backticks(text: str) -> dict[int, list[int]]:
    """List where the runs of backticks start, by their length."""
    runs: dict[int, list[int]] = defaultdict(list)
    for found in re.finditer("`+", text):
        runs[len(found[0])].append(found.start())
    return runs


def _find_closing(runs: dict[int, list[int]], length: int, after: int) -> int | None:
    """Give the end of the next run of just this length, or None; as CommonMark pairs them."""
    starts = runs.get(length, [])
    index = bisect_right(starts, after - 1)
    return starts[index] + length if index < len(starts) else None
