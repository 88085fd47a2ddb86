"""Read SRT (SubRip), with a comma or a point before the milliseconds."""

import re

from service.transcripts.readers.cue_speakers import split_by_speaker
from service.transcripts.readers.cues import read_cues
from service.transcripts.readers.entry import Entries

__all__ = ["is_srt", "read_srt"]

# The times of the first cue, with or without its number above them.
_BEGINNING = re.compile(r"\s*+(?:[0-9]+[ \t]*+\n[ \t]*+)?-?[0-9:.,]+[ \t]*+-->")


def is_srt(text: str) -> bool:
    """Tell whether a text begins with a cue."""
    return _BEGINNING.match(text) is not None


def read_srt(text: str) -> Entries:
    """Make a turn of each speaker's words in each cue; a cue's text may hold empty lines."""
    yield from split_by_speaker(read_cues(text.split("\n"), 1, gaps=True))
