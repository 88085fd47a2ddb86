"""Utterances in JSON: where each tool keeps them, what it calls their parts, and its time unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.transcripts.readers.entry import Entries, Speaker, spoken
from service.transcripts.readers.json_with_lines import Record, at, number, records, text_of
from service.transcripts.turns import IntakeError, Skipped

__all__ = ["ASSEMBLYAI", "DEEPGRAM", "FIREFLIES", "RECALL", "Shape", "declared", "entries"]

_UNITS = {"ms": 1, "s": 1000}


@dataclass(frozen=True)
class Shape:
    """Where a tool's export keeps its utterances, and under which keys.

    Keys may be paths (`participant.name`). Where there are several, the first that holds something
    counts; of `speaker`, all do: a speaker's number counts within its channel. With `words`, text
    and times are those of the words in that list.
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


def declared(document: object) -> Entries:
    """A turn for each utterance of a file that says its unit: `{"unit": "s", "utterances": [...]}`.

    An utterance has `text`, and may have `speaker`, `name`, `email`, `start`, `end` and
    `confidence`. Raises IntakeError where the unit is missing.
    """
    unit = at(document, "unit")
    if not isinstance(unit, str) or unit not in _UNITS:
        raise IntakeError('which unit are the times in? say "unit": "ms" or "unit": "s"', line=1)
    shape = Shape(("utterances",), unit, name=("name", "speaker"), email=("email",))
    return entries(document, shape)


def entries(document: object, shape: Shape) -> Entries:
    """A turn for each utterance; IntakeError, with advice, where the list of them is missing."""
    paths = (path for path in shape.utterances if isinstance(_held(document, path), list))
    path = next(paths, None)
    if path is None:
        raise IntakeError(f"no list of utterances; {shape.advice}", line=1)
    for utterance in records(document, path):
        if isinstance(utterance, Skipped):
            yield utterance
            continue
        whole, parts = utterance, [utterance]
        if shape.words:
            found = list(records(utterance, shape.words))
            yield from (part for part in found if isinstance(part, Skipped))
            parts = [part for part in found if isinstance(part, Record)]
        yield from spoken(
            " ".join(text_of(_first(part, shape.text)) for part in parts),
            _speaker(whole, shape),
            line=whole.line,
            start_ms=_ms(parts[:1], shape.start, shape),
            end_ms=_ms(parts[-1:], shape.end, shape),
            confidence=number(_first(whole, shape.confidence)),
        )


def _held(document: object, path: str) -> object:
    return at(document, path) if path else document


def _first(record: Record, paths: Sequence[str]) -> object:
    return next((held for path in paths if (held := at(record, path)) is not None), None)


def _speaker(utterance: Record, shape: Shape) -> Speaker:
    ids = [text_of(at(utterance, path)) for path in shape.speaker]
    name = text_of(_first(utterance, shape.name))
    speaker_id = "-".join(part for part in ids if part) or name
    return Speaker(speaker_id, name, text_of(_first(utterance, shape.email)))


def _ms(parts: Sequence[Record], paths: Sequence[str], shape: Shape) -> float | None:
    given = number(_first(parts[0], paths)) if parts else None
    return None if given is None else given * _UNITS[shape.unit]
