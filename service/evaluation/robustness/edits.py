"""Changes of a text as lists of edits, so that quotes of the text can be moved along."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Edit",
    "Position",
    "apply_edits",
    "draw_some",
    "find_sentence_starts",
    "insert_piece",
    "lower_text",
    "move_span",
    "raise_text",
]

_BREAK = re.compile(r"(\w*)[.!?][\"'”’)]* +(?=[\"'“‘(\[]?[A-Z])|\n+(?=\S)")
_ABBREVIATION = re.compile(
    r"[a-z]|mrs?|ms|dr|st|nr|vs|ca|etc|approx|resp|incl|dept|jan|feb|oct|nov|dec", re.IGNORECASE
)
_LOOSE_MARK = re.compile(r"(?<![^\W_])[.,;:!?()\"“”„]|[.,;:!?()\"“”„](?![^\W_])")


class Position(StrEnum):
    """The part of an answer into which something is put."""

    HEAD = "head"
    MIDDLE = "middle"
    TAIL = "tail"


@dataclass(frozen=True, order=True)
class Edit:
    """A replacement: `text` takes the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Apply edits that don't overlap; their order makes no difference."""
    pieces, end = [], 0
    for edit in sorted(edits):
        pieces += [text[end : edit.start], edit.text]
        end = edit.end
    return "".join([*pieces, text[end:]])


def move_span(start: int, end: int, edits: Iterable[Edit]) -> tuple[int, int]:
    """Compute where a span is after the edits.

    An edit that reaches into the span is taken into it as a whole. An insertion right before or
    after the span stays outside.
    """
    new_start, new_end = start, end
    for edit in edits:
        grown = len(edit.text) - (edit.end - edit.start)
        if edit.end <= start:
            new_start, new_end = new_start + grown, new_end + grown
        elif edit.start < end:
            new_start -= max(0, start - edit.start)
            new_end += grown + max(0, edit.end - end)
    return new_start, new_end


def insert_piece(
    text: str, piece: str, position: Position, whole: Iterable[tuple[int, int]] = ()
) -> list[Edit]:
    """Insert the piece before the text, after it, or between two sentences near its middle.

    A piece of several lines becomes a paragraph of its own. No span of `whole` is divided. Empty if
    the middle has no such gap, as in a text of one sentence.
    """
    gap = "\n\n" if "\n" in piece else " "
    if position is Position.HEAD:
        return [Edit(0, 0, piece + gap)]
    if position is Position.TAIL:
        return [Edit(len(text), len(text), gap + piece)]
    kept = list(whole)
    starts = [
        start
        for start in find_sentence_starts(text)
        if not any(before < start < after for before, after in kept)
    ]
    if not starts:
        return []
    start = min(starts, key=lambda start: abs(2 * start - len(text)))
    if text[start - 1] == "\n":
        return [Edit(start, start, f"{piece}\n\n")]
    return [Edit(start, start, ("" if gap == " " else gap) + piece + gap)]


def lower_text(text: str) -> list[Edit]:
    """Put all in lower case and drop the punctuation around words, as in a raw transcript."""
    marks = [Edit(mark.start(), mark.end(), "") for mark in _LOOSE_MARK.finditer(text)]
    return _change_characters(text, str.lower) + marks


def raise_text(text: str) -> list[Edit]:
    """Put all in capitals."""
    return _change_characters(text, str.upper)


def find_sentence_starts(text: str) -> list[int]:
    """Find the starts of all sentences and lines but the first."""
    breaks = _BREAK.finditer(text)
    return [found.end() for found in breaks if not _ABBREVIATION.fullmatch(found[1] or "")]


def draw_some(edits: Sequence[Edit], rate: float, chance: random.Random) -> list[Edit]:
    """Draw each edit with this probability, but at least one if there is any."""
    chosen = [edit for edit in edits if chance.random() < rate]
    return chosen or ([chance.choice(edits)] if edits else [])


def _change_characters(text: str, change: Callable[[str], str]) -> list[Edit]:
    return [
        Edit(at, at + 1, change(character))
        for at, character in enumerate(text)
        if change(character) != character
    ]
