"""Read WebVTT, as Zoom and Teams export it (https://www.w3.org/TR/webvtt1/)."""

import re

from service.errors import UnreadableSource
from service.transcripts.readers.cue_speakers import split_by_speaker
from service.transcripts.readers.cues import read_cues
from service.transcripts.readers.entry import Entries

__all__ = ["is_webvtt", "read_webvtt"]

_SIGNATURE = re.compile(r"WEBVTT(?=\s|$)")


def is_webvtt(text: str) -> bool:
    """Tell whether a text begins with the signature."""
    return _SIGNATURE.match(text) is not None


def read_webvtt(text: str) -> Entries:
    """Make a turn of each speaker's words in each cue.

    Raises UnreadableSource if the signature is missing.
    """
    if not is_webvtt(text):
        raise UnreadableSource("a WebVTT file begins with WEBVTT; is it SRT, or cut off?", line=1)
    lines = text.split("\n")
    # The header ends at the first empty line, or at a cue that follows without one.
    header = next(
        (n for n, line in enumerate(lines) if n and (not line.strip() or "-->" in line)), len(lines)
    )
    yield from split_by_speaker(read_cues(lines[header:], header + 1, gaps=False))
