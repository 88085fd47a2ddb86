"""Windows: stretches of a long call that one reading holds, overlapping where they meet."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from service.transcripts.turns import Turn

__all__ = ["windows"]


def windows(
    turns: Sequence[Turn], *, words: int = 6000, overlap: int = 500
) -> Iterator[tuple[int, int]]:
    """Start and end places, from 0, of windows of at most so many words that cover all turns.

    Neighbours share at least `overlap` words, so that no seam cuts an answer. Turns are never cut;
    a window holds one at least that the window before it lacks, however long that makes it.
    """
    before = [0, *accumulate(len(turn.text.split()) for turn in turns)]
    start = end = 0
    while end < len(turns):
        end = max(end + 1, bisect_right(before, before[start] + words) - 1)
        yield start, end
        start = max(start + 1, bisect_left(before, before[end] - overlap + 1) - 1)
