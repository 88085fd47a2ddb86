"""WebVTT, as Zoom and Teams export it (https://www.w3.org/TR/webvtt1/)."""

import re

from service.transcripts.readers.cue_speakers import said
from service.transcripts.readers.cues import cues
from service.transcripts.readers.entry import Entries
from service.transcripts.turns import IntakeError

__all__ = ["SIGNATURE", "entries"]

SIGNATURE = re.compile(r"WEBVTT(?=\s|$)")


def entries(text: str) -> Entries:
    """A turn for each voice of each cue; IntakeError where the signature is missing."""
    if not SIGNATURE.match(text):
        raise IntakeError("a WebVTT file begins with WEBVTT; is it SRT, or cut off?", line=1)
    lines = text.split("\n")
    header = next(
        (n for n, line in enumerate(lines) if n and (not line.strip() or "-->" in line)), len(lines)
    )
    yield from said(cues(lines[header:], header + 1, gaps=False))
