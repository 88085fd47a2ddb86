"""Read WebVTT, as Zoom and Teams export it (https://www.w3.org/TR/webvtt1/)."""

import re
from collections.abc import Collection

from service.errors import UnreadableSource
from service.transcripts.readers.cue_speakers import split_by_speaker
from service.transcripts.readers.cues import read_cues
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.srt import is_srt, read_srt

__all__ = ["has_webvtt_cue", "is_webvtt", "read_webvtt"]

_SIGNATURE = re.compile(r"WEBVTT(?=\s|$)")


def is_webvtt(text: str) -> bool:
    """Tell whether a text begins with the signature."""
    return _SIGNATURE.match(text) is not None


def has_webvtt_cue(text: str) -> bool:
    """Tell whether a text has the signature and a cue, and not the signature alone."""
    return is_webvtt(text) and "-->" in text


def read_webvtt(text: str, known: Collection[str] = ()) -> Entries:
    """Make a turn of each speaker's words in each cue; `known` are names that are set.

    A file without the signature is read if it begins with a cue, as some of Teams' do. Any other
    raises UnreadableSource.
    """
    if not is_webvtt(text):
        if not is_srt(text):
            raise UnreadableSource("a WebVTT file begins with WEBVTT or a cue", line=1)
        yield from read_srt(text, known)
        return
    lines = text.split("\n")
    # The header ends at the first empty line, or at a cue that follows without one.
    header = next(
        (n for n, line in enumerate(lines) if n and (not line.strip() or "-->" in line)), len(lines)
    )
    yield from split_by_speaker(read_cues(lines[header:], header + 1), known)
