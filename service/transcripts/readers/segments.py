"""Read segments with speakers: WhisperX, and `diarized_json` of OpenAI."""

from service.errors import UnreadableSource
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import (
    find_value,
    iter_objects,
    read_ms,
    read_text,
)
from service.transcripts.readers.spoken_words import WordKeys, group_words, have_speakers
from service.transcripts.turns import Skipped

__all__ = ["is_segments", "read_segments"]

_WORDS = WordKeys(("word", "text"), "speaker", "start", "end")


def is_segments(document: object) -> bool:
    """Tell whether a JSON document has a list of segments with text, as Whisper writes it."""
    segments = find_value(document, "segments")
    if not isinstance(segments, list):
        return False
    first = segments[0] if segments else None
    return isinstance(first, dict) and "text" in first and "start" in first


def read_segments(document: object) -> Entries:
    """Make a turn of each segment, with times in seconds.

    A segment in which several speak is cut at each of them, by its words. One without a speaker is
    nobody's. Raises UnreadableSource if there is no list of segments.
    """
    if not isinstance(find_value(document, "segments"), list):
        raise UnreadableSource("no list of segments; send WhisperX's or diarized_json", line=1)
    for segment in iter_objects(document, "segments"):
        if isinstance(segment, Skipped):
            yield segment
            continue
        words = segment.get("words")
        if isinstance(words, list) and have_speakers(words, _WORDS) and _are_several(words):
            yield from group_words(words, _WORDS)
            continue
        label = read_text(segment.get("speaker"))
        if not label and isinstance(words, list) and have_speakers(words, _WORDS):
            label = next(filter(None, (read_text(find_value(w, "speaker")) for w in words)), "")
        yield from make_turn(
            segment.get("text"),
            Speaker(label) if label else Speaker(),
            line=segment.line,
            start_ms=read_ms(segment.get("start"), 1000),
            end_ms=read_ms(segment.get("end"), 1000),
        )


def _are_several(words: list[object]) -> bool:
    """Tell whether the words of a segment name two speakers."""
    names = {read_text(find_value(word, "speaker")) for word in words} - {""}
    return len(names) > 1
