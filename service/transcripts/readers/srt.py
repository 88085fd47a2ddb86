"""Read SRT (SubRip), with a comma or a point before the milliseconds."""

import re
from collections.abc import Collection

from service.transcripts.readers.cue_speakers import split_by_speaker
from service.transcripts.readers.cues import read_cues
from service.transcripts.readers.entry import Entries

__all__ = ["is_srt", "read_srt"]

_TIMES = re.compile(r"\s*+-?[0-9]{1,3}:[-0-9:.,]{2,30}[ \t]*+-{1,2}>[ \t]*+-?[0-9]")
_MOST_ABOVE = 30  # lines of a title above the first cue


def is_srt(text: str) -> bool:
    """Tell whether a text begins with a cue, or has one below a few lines of a title."""
    return any(_TIMES.match(line) for line in text.lstrip().split("\n", _MOST_ABOVE)[:_MOST_ABOVE])


def read_srt(text: str, known: Collection[str] = ()) -> Entries:
    """Make a turn of each speaker's words in each cue; `known` are names that are set."""
    yield from split_by_speaker(read_cues(text.split("\n"), 1), known)
