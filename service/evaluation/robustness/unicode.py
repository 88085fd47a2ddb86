"""Characters that look like others, or like nothing, in some words of an answer."""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from string import ascii_letters

from service.evaluation.robustness.edits import Edit, some

__all__ = ["LOOK_ALIKES", "UNICODE_CHANGES"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_SHARE_OF_WORDS = 0.2
_SHARE_OF_SPACES = 0.5
LOOK_ALIKES = {
    "cyrillic": dict(zip("aceopxyiACEHKMOPTXB", "асеорхуіАСЕНКМОРТХВ", strict=True)),
    "greek": dict(zip("oviuABEHIKMNOPTXYZ", "ονιυΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", strict=True)),
    "full-width": {letter: chr(ord(letter) + 0xFEE0) for letter in ascii_letters},
}
"""What stands for which Latin letter, by script."""

Change = Callable[[str, random.Random], list[Edit]]


def _within_words(mark: str) -> Change:
    def change(text: str, chance: random.Random) -> list[Edit]:
        places = [chance.randrange(w.start() + 1, w.end()) for w in _WORD.finditer(text)]
        return some([Edit(place, place, mark) for place in places], _SHARE_OF_WORDS, chance)

    return change


def _in_letters(table: Mapping[str, str]) -> Change:
    letters = str.maketrans(dict(table))

    def change(text: str, chance: random.Random) -> list[Edit]:
        words = [Edit(w.start(), w.end(), w[0].translate(letters)) for w in _WORD.finditer(text)]
        changed = [edit for edit in words if edit.text != text[edit.start : edit.end]]
        return some(changed, _SHARE_OF_WORDS, chance)

    return change


def _as_spaces(space: str) -> Change:
    def change(text: str, chance: random.Random) -> list[Edit]:
        spaces = [Edit(s.start(), s.end(), space) for s in re.finditer(" ", text)]
        return some(spaces, _SHARE_OF_SPACES, chance)

    return change


def _smart_quotes(text: str, chance: random.Random) -> list[Edit]:
    """Typewriter quotation marks and apostrophes, curled as a word processor does."""
    opens = {m.start() for m in re.finditer(r"(?<!\S)['\"]|(?<=[(\[{])['\"]", text)}
    curled = {('"', True): "“", ('"', False): "”", ("'", True): "‘", ("'", False): "’"}
    marks = re.finditer("['\"]", text)
    return [Edit(m.start(), m.end(), curled[m[0], m.start() in opens]) for m in marks]


def _decomposed(text: str, chance: random.Random) -> list[Edit]:
    """Letters with accents taken apart (NFD)."""
    apart = [(place, unicodedata.normalize("NFD", letter)) for place, letter in enumerate(text)]
    return [Edit(place, place + 1, parts) for place, parts in apart if parts != text[place]]


UNICODE_CHANGES: dict[str, Change] = {
    "zero-width-spaces": _within_words("\u200b"),
    "word-joiners": _within_words("\u2060"),
    "soft-hyphens": _within_words("\u00ad"),
    "direction-marks": _within_words("\u200f"),
    "combining-marks": _within_words("\u0332"),
    "no-break-spaces": _as_spaces("\u00a0"),
    "thin-spaces": _as_spaces("\u2009"),
    **{script: _in_letters(table) for script, table in LOOK_ALIKES.items()},
    "smart-quotes": _smart_quotes,
    "decomposed": _decomposed,
}
"""Each way by its name."""
