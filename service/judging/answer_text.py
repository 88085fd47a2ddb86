"""Take an answer's text apart for the checks: plain letters, invisible characters, sentences."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from string import printable

__all__ = ["is_invisible", "overlaps_any", "replace_homoglyphs", "split_sentences"]

# Each letter is followed, at the same place, by the Latin one that it is drawn like.
_CYRILLIC = ("аеорсухіјѕһԁԛԝѵӏАВЕКМНОРСТУХІЈЅЗ", "aeopcyxijshdqwvlABEKMHOPCTYXIJS3")
_GREEK = ("οινυκρχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oivukpxABEZHIKMNOPTYX")
_QUOTES = ("‘’‚‛“”„‟", "''''\"\"\"\"")
_FULL_WIDTH = {ord(c) + 0xFEE0: c for c in printable if "!" <= c <= "~"}
_LATIN = {
    ord(alike): letter
    for alikes, letters in (_CYRILLIC, _GREEK, _QUOTES)
    for alike, letter in zip(alikes, letters, strict=True)
} | _FULL_WIDTH

# The end of a sentence must be followed by space: "v1.5" and "system.billing" go on.
_END = re.compile(r"[.!?][\"'”’»)\]]*(?=\s)|\n")
# Braces, with two levels of braces inside: a forged reply is one piece, whatever it says.
_BRACED = re.compile(r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}")


def replace_homoglyphs(text: str) -> str:
    """Write letters that look Latin, full-width characters and curled quotes in plain ASCII.

    Otherwise one Cyrillic letter would hide a word from every check. Each character is replaced by
    one, so that offsets still count the characters of the answer.
    """
    return text.translate(_LATIN)


def is_invisible(character: str) -> bool:
    """True if it draws nothing: zero-width and direction marks, tags, control characters."""
    return character not in "\n\t\r" and unicodedata.category(character) in {"Cf", "Cc", "Cs"}


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Find the start and end of each sentence; joined they are the text.

    Punctuation and line ends divide sentences. What is in braces is one sentence of its own.
    """
    braced = [found.span() for found in _BRACED.finditer(text)]
    ends = {found.end() for found in _END.finditer(text)}
    ends -= {end for end in ends if overlaps_any(braced, end, end)}
    breaks = sorted(ends.union({0, len(text)}, *braced))
    return list(pairwise(breaks))


def overlaps_any(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """True if one of the spans begins before `end` and ends after `start`.

    The spans must be in order and apart from each other.
    """
    before = bisect_left(spans, (end,))
    return before > 0 and spans[before - 1][1] > start
