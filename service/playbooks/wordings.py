"""Cut a column of a table into signals, and write signals as a column."""

import re
from collections.abc import Iterator, Sequence

from service.playbooks.cell_marks import (
    BULLET,
    hide,
    reveal,
    split_breaks,
    write_plainly,
)
from service.playbooks.models import SignalKind

__all__ = ["has_bullets", "read_wordings", "write_wordings"]

# Weak signals are quoted sayings: "We reload it" or "We never checked".
_WEAK_END = re.compile(r"(?<=[\"”] or) (?=[\"“])")


def read_wordings(kind: SignalKind, written: str) -> list[str]:
    """Cut a written column into signals: at each `<br>`, or by its punctuation if there is none."""
    parts = split_breaks(written)
    if len(parts) == 1:
        return [wording for wording in _cut(kind, reveal(written)) if wording.strip()]
    start = BULLET if has_bullets(written) else re.compile("")
    revealed = (reveal(start.sub("", part, count=1)) for part in parts)
    return [wording for wording in revealed if wording.strip()]


def has_bullets(written: str) -> bool:
    """Tell whether the column is a list whose every line starts with a bullet."""
    parts = [part for part in split_breaks(written) if part]
    return len(parts) > 1 and all(BULLET.match(part) for part in parts)


def write_wordings(kind: SignalKind, wordings: Sequence[str]) -> str:
    """Write a column as its author did, or with `<br>` between signals if need be."""
    column = " ".join(wordings)
    if _cut(kind, column) == list(wordings):
        return write_plainly(column)
    lines = [_write_line(wording) for wording in wordings]
    # A break before the only signal says that its punctuation cuts nothing.
    return " <br> ".join(lines if len(lines) > 1 else ["", *lines]).strip()


def _write_line(wording: str) -> str:
    written = write_plainly(wording)
    return hide(written[0]) + written[1:] if BULLET.match(f"{written} x") else written


def _cut(kind: SignalKind, column: str) -> list[str]:
    return _cut_good(column) if kind is SignalKind.GOOD else _WEAK_END.split(column)


def _cut_good(column: str) -> list[str]:
    """Cut after each semicolon outside brackets and code, or after each comma if there is none."""
    for separator in ";", ",":
        ends = [end for end in _find_ends(column, separator) if column[end : end + 1] == " "]
        if ends:
            starts = [0, *(end + 1 for end in ends)]
            return [column[a:b] for a, b in zip(starts, [*ends, len(column)], strict=True)]
    return [column]


def _find_ends(text: str, separator: str) -> Iterator[int]:
    """Find the places after each separator that is outside brackets, quotes and code."""
    depth, closing = 0, ""
    for place, character in enumerate(text):
        if closing:
            closing = "" if character == closing else closing
        elif character in '`"':
            closing = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == separator and depth == 0:
            yield place + 1
