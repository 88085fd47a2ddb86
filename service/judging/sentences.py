"""Where an answer's sentences end, as far as punctuation and lines show it."""

import re
from itertools import pairwise

__all__ = ["sentences"]

_END = re.compile(r"[.!?][\"'”’»)\]]*(?=\s)|\n")
_BRACED = re.compile(r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}")  # braces in braces in braces


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence; joined they are the text. What is in braces is one."""
    braced = [found.span() for found in _BRACED.finditer(text)]
    ends = {found.end() for found in _END.finditer(text)}
    ends -= {end for end in ends for start, last in braced if start < end < last}
    breaks = sorted(ends.union({0, len(text)}, *braced))
    return list(pairwise(breaks))
