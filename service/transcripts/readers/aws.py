"""Read Amazon Transcribe (https://docs.aws.amazon.com/transcribe/latest/dg/how-input.html)."""

from functools import partial

from service.errors import UnreadableSource
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import JsonObject, as_list, find_value
from service.transcripts.readers.spoken_words import WordKeys, group_words, have_speakers
from service.transcripts.readers.utterances import Shape, read_shape

__all__ = ["is_aws", "read_aws"]

_KEYS = {"transcripts", "speaker_labels", "audio_segments", "items"}
_SEGMENTS = Shape(
    ("results.audio_segments",),
    "s",
    speaker=("speaker_label",),
    text=("transcript",),
    start=("start_time",),
    end=("end_time",),
)
_WORDS = WordKeys(("alternatives.0.content",), "speaker_label", "start_time", "end_time")


def is_aws(document: object) -> bool:
    """Tell whether a JSON document has `results` as Amazon Transcribe has them."""
    results = find_value(document, "results")
    return isinstance(results, dict) and bool(_KEYS & set(results)) and "channels" not in results


def read_aws(document: object) -> Entries:
    """Make a turn of each segment, or else of each speaker's words.

    Raises UnreadableSource if nothing says who spoke.
    """
    segments = find_value(document, "results.audio_segments")
    if have_speakers(segments, _WORDS):
        yield from read_shape(document, _SEGMENTS)
        return
    items = as_list(find_value(document, "results.items"))
    if not have_speakers(items, _WORDS):
        items = _label_items(items, find_value(document, "results.speaker_labels.segments"))
    if not have_speakers(items, _WORDS):
        raise UnreadableSource(
            "nothing says who spoke; transcribe with ShowSpeakerLabels=true", line=1
        )
    yield from group_words(items, _WORDS)


def _label_items(items: list[object], segments: object) -> list[object]:
    """Give each word the speaker of the segment that has its start, as older exports need it."""
    spoken = [
        item
        for segment in as_list(segments)
        for item in as_list(find_value(segment, "items"))
        if isinstance(item, dict)
    ]
    starts = {str(item.get("start_time")): item.get("speaker_label") for item in spoken}
    labelled = partial(_label_item, starts=starts)
    return [labelled(item) if isinstance(item, JsonObject) else item for item in items]


def _label_item(item: JsonObject, starts: dict[str, object]) -> JsonObject:
    made = JsonObject({**item, "speaker_label": starts.get(str(item.get("start_time")))})
    made.line = item.line
    return made
