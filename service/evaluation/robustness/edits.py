"""A change of a text as edits: which stretches give way to what, so that quotes can follow."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Edit",
    "Position",
    "capitals",
    "edited",
    "inserted",
    "lowered",
    "moved",
    "sentence_starts",
    "some",
]

_BREAK = re.compile(r"(\w*)[.!?][\"'”’)]* +(?=[\"'“‘(\[]?[A-Z])|\n+(?=\S)")
_ABBREVIATION = re.compile(
    r"[a-z]|mrs?|ms|dr|st|nr|vs|ca|etc|approx|resp|incl|dept|jan|feb|oct|nov|dec", re.IGNORECASE
)
_LOOSE_MARK = re.compile(r"(?<![^\W_])[.,;:!?()\"“”„]|[.,;:!?()\"“”„](?![^\W_])")


class Position(StrEnum):
    """Where something is put into an answer."""

    HEAD = "head"
    MIDDLE = "middle"
    TAIL = "tail"


@dataclass(frozen=True, order=True)
class Edit:
    """`text` takes the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that don't overlap, in whatever order they come."""
    pieces, place = [], 0
    for edit in sorted(edits):
        pieces += [text[place : edit.start], edit.text]
        place = edit.end
    return "".join([*pieces, text[place:]])


def moved(start: int, end: int, edits: Iterable[Edit]) -> tuple[int, int]:
    """Where a stretch stands after the edits; one that an edit reaches into takes it in whole.

    What is inserted right before or after the stretch stays outside.
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


def inserted(
    text: str, piece: str, position: Position, whole: Iterable[tuple[int, int]] = ()
) -> list[Edit]:
    """The piece before, after, or between two sentences near the middle; none where there's one.

    A piece of several lines is a paragraph of its own. No stretch of `whole` is parted.
    """
    gap = "\n\n" if "\n" in piece else " "
    if position is Position.HEAD:
        return [Edit(0, 0, piece + gap)]
    if position is Position.TAIL:
        return [Edit(len(text), len(text), gap + piece)]
    kept = list(whole)
    starts = [
        start
        for start in sentence_starts(text)
        if not any(before < start < after for before, after in kept)
    ]
    if not starts:
        return []
    start = min(starts, key=lambda place: abs(2 * place - len(text)))
    if text[start - 1] == "\n":
        return [Edit(start, start, f"{piece}\n\n")]
    return [Edit(start, start, ("" if gap == " " else gap) + piece + gap)]


def lowered(text: str) -> list[Edit]:
    """Lower case, the punctuation lost that stands at a word's edge, as in a raw transcript."""
    marks = [Edit(mark.start(), mark.end(), "") for mark in _LOOSE_MARK.finditer(text)]
    return _every(text, str.lower) + marks


def capitals(text: str) -> list[Edit]:
    """All capitals."""
    return _every(text, str.upper)


def sentence_starts(text: str) -> list[int]:
    """Where sentences and lines begin, but for the first."""
    breaks = _BREAK.finditer(text)
    return [found.end() for found in breaks if not _ABBREVIATION.fullmatch(found[1] or "")]


def some(edits: Sequence[Edit], rate: float, chance: random.Random) -> list[Edit]:
    """Each with this probability, but one at least where there are any."""
    chosen = [edit for edit in edits if chance.random() < rate]
    return chosen or ([chance.choice(edits)] if edits else [])


def _every(text: str, change: Callable[[str], str]) -> list[Edit]:
    return [
        Edit(place, place + 1, change(character))
        for place, character in enumerate(text)
        if change(character) != character
    ]
