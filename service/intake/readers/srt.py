"""SRT (SubRip), with a comma or a point before the milliseconds."""

from service.intake.readers.cues import cues
from service.intake.readers.entries import Entries
from service.intake.readers.voices import said

__all__ = ["entries"]


def entries(text: str) -> Entries:
    """A turn for each voice of each cue; a cue's text may hold empty lines."""
    yield from said(cues(text.split("\n"), 1, gaps=True))
