"""SRT (SubRip), with a comma or a point before the milliseconds."""

from service.transcripts.readers.cue_speakers import said
from service.transcripts.readers.cues import cues
from service.transcripts.readers.entry import Entries

__all__ = ["entries"]


def entries(text: str) -> Entries:
    """A turn for each voice of each cue; a cue's text may hold empty lines."""
    yield from said(cues(text.split("\n"), 1, gaps=True))
