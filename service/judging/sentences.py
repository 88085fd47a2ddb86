"""Where an answer's sentences end, as far as punctuation and lines show it."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["overlap", "sentences"]

_END = re.compile(r"[.!?][\"'”’»)\]]*(?=\s)|\n")
_BRACED = re.compile(r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}")  # braces in braces in braces


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence; joined they are the text. What is in braces is one."""
    braced = [found.span() for found in _BRACED.finditer(text)]
    ends = {found.end() for found in _END.finditer(text)}
    ends -= {end for end in ends if overlap(braced, end, end)}
    breaks = sorted(ends.union({0, len(text)}, *braced))
    return list(pairwise(breaks))


def overlap(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of the spans, in order and apart, begins before `end` and ends after `start`."""
    before = bisect_left(spans, (end,))
    return before > 0 and spans[before - 1][1] > start
