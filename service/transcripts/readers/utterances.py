"""Read utterances from JSON: each tool has its own place, keys and time unit for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import UnreadableSource
from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import (
    JsonObject,
    as_list,
    find_value,
    iter_objects,
    read_ms,
    read_number,
    read_text,
)
from service.transcripts.readers.spoken_words import WordKeys, group_words, have_speakers
from service.transcripts.turns import Skipped

__all__ = [
    "ASSEMBLYAI",
    "DEEPGRAM",
    "FIREFLIES",
    "RECALL",
    "Shape",
    "is_assemblyai",
    "is_fireflies",
    "is_recall",
    "is_utterances",
    "read_assemblyai",
    "read_shape",
    "read_utterances",
]

# https://www.assemblyai.com/docs/api-reference/transcripts/get
_ASSEMBLYAI_KEYS = {
    "acoustic_model", "language_model", "audio_duration", "speech_model", "speech_models",
    "language_confidence", "webhook_url", "webhook_auth", "auto_highlights", "iab_categories",
    "sentiment_analysis", "speaker_labels", "format_text", "dual_channel", "speakers_expected",
    "auto_chapters", "filter_profanity", "redact_pii", "content_safety", "word_boost",
}  # fmt: skip
_WORDS = WordKeys(("text",), "speaker", "start", "end", ms=1)
_UNITS = {"ms": 1, "s": 1000}


@dataclass(frozen=True)
class Shape:
    """The place of a tool's utterances in its export, and the keys of their parts.

    Keys may be paths (`participant.name`). If there are several, the first one with a value
    counts; of `speaker` all count, since a speaker's number is only unique within its channel. If
    `words` names a list of words, text and times are those of the words.
    """

    utterances: tuple[str, ...]
    unit: str
    speaker: tuple[str, ...] = ("speaker",)
    name: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    text: tuple[str, ...] = ("text",)
    start: tuple[str, ...] = ("start",)
    end: tuple[str, ...] = ("end",)
    confidence: tuple[str, ...] = ("confidence",)
    words: str = ""
    advice: str = "name the format, or send the list of utterances"


# https://rubydoc.info/gems/assemblyai/AssemblyAI/Transcripts/TranscriptUtterance
ASSEMBLYAI = Shape(("utterances",), "ms", advice="transcribe with speaker_labels")
# https://developers.deepgram.com/docs/utterances
DEEPGRAM = Shape(
    ("results.utterances",),
    "s",
    speaker=("channel", "speaker"),
    text=("transcript",),
    advice="transcribe with utterances=true and diarize=true",
)
# https://docs.fireflies.ai/schema/sentence
FIREFLIES = Shape(
    ("data.transcript.sentences", "transcript.sentences", "sentences"),
    "s",
    speaker=("speaker_id",),
    name=("speaker_name",),
    text=("text", "raw_text"),
    start=("start_time",),
    end=("end_time",),
    advice="ask for the transcript's sentences",
)
# https://docs.recall.ai/docs/download-urls; the second keys are those of its first version
RECALL = Shape(
    ("",),
    "s",
    speaker=("participant.id", "speaker_id"),
    name=("participant.name", "speaker"),
    email=("participant.email",),
    start=("start_timestamp.relative", "start_timestamp"),
    end=("end_timestamp.relative", "end_timestamp"),
    words="words",
    advice="send the list that transcript.data.download_url leads to",
)


def is_assemblyai(document: object) -> bool:
    """Tell whether a JSON document is AssemblyAI's.

    It has utterances or words, and `audio_url` or two more keys that only AssemblyAI has; or times
    of words in whole numbers, which can only be milliseconds.
    """
    if not isinstance(document, dict) or "results" in document:
        return False
    if not {"utterances", "words"} & set(document):
        return False
    if "audio_url" in document or len(_ASSEMBLYAI_KEYS & set(document)) > 1:
        return True
    return any(map(_has_words_in_ms, as_list(document.get("utterances"))[:1]))


def read_assemblyai(document: object) -> Entries:
    """Make a turn of each utterance, or else of each speaker's words.

    Raises UnreadableSource, with advice, if nothing says who spoke.
    """
    words = find_value(document, "words")
    if not isinstance(find_value(document, "utterances"), list) and have_speakers(words, _WORDS):
        yield from group_words(as_list(words), _WORDS)
    else:
        yield from read_shape(document, ASSEMBLYAI)


def is_fireflies(document: object) -> bool:
    """Tell whether a JSON document has sentences where Fireflies has them."""
    return (
        _has_keys(find_value(document, "data"), "transcript")
        or _has_keys(find_value(document, "transcript"), "sentences")
        or _has_keys(document, "sentences")
    )


def is_recall(document: object) -> bool:
    """Tell whether a JSON document is a list that begins with words, as Recall's does."""
    return isinstance(document, list) and bool(document) and _has_keys(document[0], "words")


def is_utterances(document: object) -> bool:
    """Tell whether a JSON document has utterances that no tool is known by.

    Their unit must be declared: nothing says whether a time is in seconds or milliseconds, and a
    unit is never guessed.
    """
    return (
        isinstance(document, dict)
        and "utterances" in document
        and "results" not in document
        and not is_assemblyai(document)
    )


def read_utterances(document: object) -> Entries:
    """Make a turn of each utterance of a file with a unit: `{"unit": "s", "utterances": [...]}`.

    An utterance has `text`, and may have `speaker`, `name`, `email`, `start`, `end` and
    `confidence`. Raises UnreadableSource if the unit is missing.
    """
    unit = find_value(document, "unit")
    if not isinstance(unit, str) or unit not in _UNITS:
        raise UnreadableSource(
            'which unit are the times in? say "unit": "ms" or "unit": "s"', line=1
        )
    shape = Shape(("utterances",), unit, name=("name", "speaker"), email=("email",))
    return read_shape(document, shape)


def read_shape(document: object, shape: Shape) -> Entries:
    """Make a turn of each utterance; UnreadableSource, with advice, if there is no list of them."""
    paths = (path for path in shape.utterances if isinstance(_find_list(document, path), list))
    path = next(paths, None)
    if path is None:
        raise UnreadableSource(f"no list of utterances; {shape.advice}", line=1)
    for utterance in iter_objects(document, path):
        if isinstance(utterance, Skipped):
            yield utterance
            continue
        whole, parts = utterance, [utterance]
        if shape.words:
            found = list(iter_objects(utterance, shape.words))
            yield from (part for part in found if isinstance(part, Skipped))
            parts = [part for part in found if isinstance(part, JsonObject)]
        yield from make_turn(
            " ".join(read_text(_find_first(part, shape.text)) for part in parts),
            _find_speaker(whole, shape),
            line=whole.line,
            start_ms=_find_ms(parts[:1], shape.start, shape),
            end_ms=_find_ms(parts[-1:], shape.end, shape),
            confidence=read_number(_find_first(whole, shape.confidence)),
        )


def _has_keys(document: object, *keys: str) -> bool:
    return isinstance(document, dict) and all(key in document for key in keys)


def _has_words_in_ms(utterance: object) -> bool:
    words = as_list(find_value(utterance, "words"))
    times = [find_value(word, key) for word in words for key in ("start", "end")]
    return bool(times) and all(isinstance(time, int) for time in times)


def _find_list(document: object, path: str) -> object:
    return find_value(document, path) if path else document


def _find_first(owner: JsonObject, paths: Sequence[str]) -> object:
    found = (find_value(owner, path) for path in paths)
    return next((value for value in found if value is not None), None)


def _find_speaker(utterance: JsonObject, shape: Shape) -> Speaker:
    ids = [read_text(find_value(utterance, path)) for path in shape.speaker]
    name = read_text(_find_first(utterance, shape.name))
    speaker_id = "-".join(part for part in ids if part) or name
    return Speaker(speaker_id, name, read_text(_find_first(utterance, shape.email)))


def _find_ms(parts: Sequence[JsonObject], paths: Sequence[str], shape: Shape) -> float | None:
    return read_ms(_find_first(parts[0], paths), _UNITS[shape.unit]) if parts else None
