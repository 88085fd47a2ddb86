"""Changes to characters that look like others, or like nothing, in some words of an answer."""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from string import ascii_letters

from service.evaluation.robustness.edits import Edit, draw_some

__all__ = ["LOOK_ALIKES", "UNICODE_CHANGES"]

_WORD = re.compile(r"[^\W\d_]{3,}")
_SHARE_OF_WORDS = 0.2
_SHARE_OF_SPACES = 0.5
LOOK_ALIKES = {
    "cyrillic": dict(zip("aceopxyiACEHKMOPTXB", "асеорхуіАСЕНКМОРТХВ", strict=True)),
    "greek": dict(zip("oviuABEHIKMNOPTXYZ", "ονιυΑΒΕΗΙΚΜΝΟΡΤΧΥΖ", strict=True)),
    "full-width": {letter: chr(ord(letter) + 0xFEE0) for letter in ascii_letters},
}
"""The letters that look like Latin ones, by script."""

Change = Callable[[str, random.Random], list[Edit]]


def _insert_within_words(mark: str) -> Change:
    def change(text: str, chance: random.Random) -> list[Edit]:
        places = [chance.randrange(w.start() + 1, w.end()) for w in _WORD.finditer(text)]
        return draw_some([Edit(at, at, mark) for at in places], _SHARE_OF_WORDS, chance)

    return change


def _swap_letters(table: Mapping[str, str]) -> Change:
    letters = str.maketrans(dict(table))

    def change(text: str, chance: random.Random) -> list[Edit]:
        words = [Edit(w.start(), w.end(), w[0].translate(letters)) for w in _WORD.finditer(text)]
        changed = [edit for edit in words if edit.text != text[edit.start : edit.end]]
        return draw_some(changed, _SHARE_OF_WORDS, chance)

    return change


def _swap_spaces(space: str) -> Change:
    def change(text: str, chance: random.Random) -> list[Edit]:
        spaces = [Edit(s.start(), s.end(), space) for s in re.finditer(" ", text)]
        return draw_some(spaces, _SHARE_OF_SPACES, chance)

    return change


def _curl_quotes(text: str, chance: random.Random) -> list[Edit]:
    """Curl typewriter quotation marks and apostrophes, as a word processor does."""
    opens = {m.start() for m in re.finditer(r"(?<!\S)['\"]|(?<=[(\[{])['\"]", text)}
    curled = {('"', True): "“", ('"', False): "”", ("'", True): "‘", ("'", False): "’"}
    marks = re.finditer("['\"]", text)
    return [Edit(m.start(), m.end(), curled[m[0], m.start() in opens]) for m in marks]


def _decompose(text: str, chance: random.Random) -> list[Edit]:
    """Take letters with accents apart (NFD)."""
    apart = [(place, unicodedata.normalize("NFD", letter)) for place, letter in enumerate(text)]
    return [Edit(place, place + 1, parts) for place, parts in apart if parts != text[place]]


UNICODE_CHANGES: dict[str, Change] = {
    "zero-width-spaces": _insert_within_words("\u200b"),
    "word-joiners": _insert_within_words("\u2060"),
    "soft-hyphens": _insert_within_words("\u00ad"),
    "direction-marks": _insert_within_words("\u200f"),
    "combining-marks": _insert_within_words("\u0332"),
    "no-break-spaces": _swap_spaces("\u00a0"),
    "thin-spaces": _swap_spaces("\u2009"),
    **{script: _swap_letters(table) for script, table in LOOK_ALIKES.items()},
    "smart-quotes": _curl_quotes,
    "decomposed": _decompose,
}
"""Every change by its name."""
