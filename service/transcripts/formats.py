"""List the formats of notes and transcripts, and find out which one a text is in.

To add a format, write its reader and add one member to Format: file suffixes, media types, the
command line and the API follow from that member.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import Self

from pydantic import RootModel, ValidationError

from service.errors import UnreadableSource
from service.records import list_faults
from service.transcripts import samples
from service.transcripts.readers import (
    aws,
    deepgram,
    gong,
    named,
    notes,
    otter,
    segments,
    srt,
    turns_jsonl,
    utterances,
    webvtt,
)
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import begins_like_json, parse_json
from service.transcripts.samples import Sample
from service.transcripts.turns import Skipped, Turn

__all__ = ["MEDIA_TYPES", "Format", "JsonRecord", "TextRecord", "find_call", "read_entries"]


@dataclass(frozen=True)
class TextRecord:
    """Everything that is known of a format whose reader takes the text, and the names that are set.

    `is_sure` tells whether even a text that was handed over as notes is in this format.
    """

    detect: Callable[[str], bool]
    read: Callable[[str, Collection[str]], Entries]
    suffixes: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    sample: Sample | None = None
    is_sure: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True)
class JsonRecord:
    """Everything that is known of a format whose reader takes a parsed JSON document."""

    detect: Callable[[object], bool]
    read: Callable[[object], Entries]
    suffixes: tuple[str, ...] = (".json",)
    media_types: tuple[str, ...] = ("application/json",)
    sample: Sample | None = None


class Format(StrEnum):
    """The format of notes or a transcript."""

    record: TextRecord | JsonRecord

    def __new__(cls, value: str, record: TextRecord | JsonRecord) -> Self:
        """Make a member that equals its value, as text, and has its record as an attribute."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.record = record
        return member

    WEBVTT = (
        "webvtt",
        TextRecord(
            webvtt.is_webvtt,
            webvtt.read_webvtt,
            (".vtt",),
            ("text/vtt",),
            samples.WEBVTT,
            webvtt.has_webvtt_cue,
        ),
    )
    SRT = (
        "srt",
        TextRecord(
            srt.is_srt,
            srt.read_srt,
            (".srt",),
            ("application/x-subrip", "text/srt"),
            samples.SRT,
            srt.is_srt,
        ),
    )
    OTTER = (
        "otter",
        TextRecord(otter.is_otter, otter.read_otter, sample=samples.OTTER, is_sure=otter.is_otter),
    )
    NAMED = (
        "named",
        TextRecord(
            named.is_named,
            named.read_named,
            (".md", ".markdown"),
            sample=samples.NAMED,
            is_sure=named.is_surely_named,
        ),
    )
    # Texts are tried in this order, and any text may be plain: other plain text comes above it.
    # Notes come last: only a name, a media type or a person says that a text is notes.
    PLAIN = "plain", TextRecord(notes.can_be_notes, notes.read_plain, sample=samples.PLAIN)
    NOTES = (
        "notes",
        TextRecord(
            notes.can_be_notes,
            notes.read_notes,
            (".md", ".markdown"),
            ("text/markdown",),
            samples.NOTES,
        ),
    )
    TURNS = (
        "turns",
        TextRecord(
            turns_jsonl.begins_with_turn,
            turns_jsonl.read_turns,
            (".jsonl", ".ndjson"),
            ("application/jsonl", "application/x-ndjson"),
            samples.TURNS,
        ),
    )
    GONG = "gong", JsonRecord(gong.is_gong, gong.read_gong, sample=samples.GONG)
    UTTERANCES = (
        "utterances",
        JsonRecord(utterances.is_utterances, utterances.read_utterances, sample=samples.UTTERANCES),
    )
    ASSEMBLYAI = (
        "assemblyai",
        JsonRecord(utterances.is_assemblyai, utterances.read_assemblyai, sample=samples.ASSEMBLYAI),
    )
    AWS = "aws", JsonRecord(aws.is_aws, aws.read_aws, sample=samples.AWS)
    DEEPGRAM = (
        "deepgram",
        JsonRecord(deepgram.is_deepgram, deepgram.read_deepgram, sample=samples.DEEPGRAM),
    )
    SEGMENTS = (
        "segments",
        JsonRecord(segments.is_segments, segments.read_segments, sample=samples.SEGMENTS),
    )
    FIREFLIES = (
        "fireflies",
        JsonRecord(
            utterances.is_fireflies,
            partial(utterances.read_shape, shape=utterances.FIREFLIES),
            sample=samples.FIREFLIES,
        ),
    )
    RECALL = (
        "recall",
        JsonRecord(
            utterances.is_recall,
            partial(utterances.read_shape, shape=utterances.RECALL),
            sample=samples.RECALL,
        ),
    )


_UNTYPED = (".txt", ".text")  # any format may be saved as such a file
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,7}")  # `.3 with Acme` in a title is none


def _map_media_types() -> dict[str, Format | None]:
    found: dict[str, Format | None] = {}
    for known in Format:
        for media_type in known.record.media_types:
            found[media_type] = None if media_type in found else known
    return found | {"text/plain": None}


# The format that a media type names, or None if the content must decide.
MEDIA_TYPES = _map_media_types()


def read_entries(
    text: str, source_format: Format | None, name: str | None, known: Collection[str] = ()
) -> Entries:
    """Read a text in the given format, or in the one that the file's name or the text shows.

    `known` are names that are set for our side or the customer's. Notes that are surely a call are
    read as that call, so that our own words in it are not taken for the customer's. Raises
    UnreadableSource for a kind of file that is not read here, by its name, for broken JSON, and for
    JSON whose keys show no format.
    """
    if source_format is Format.NOTES:
        source_format = find_call(text) or Format.NOTES
    candidates = [source_format] if source_format else _match_name(name)
    for candidate in candidates:
        record = candidate.record
        if isinstance(record, TextRecord) and (len(candidates) == 1 or record.detect(text)):
            return record.read(text, known)
    document = parse_json(text)
    for candidate in candidates:
        record = candidate.record
        if isinstance(record, JsonRecord) and (len(candidates) == 1 or record.detect(document)):
            return _read_document(candidate, record, document)
    raise UnreadableSource(
        f"no export known here has this form; name its format: {', '.join(Format)}. "
        f"Exports are known by their keys: {'; '.join(_list_keys())}",
        line=1,
    )


def _read_document(known: Format, record: JsonRecord, document: object) -> Entries:
    """Read a document; if it has no turn at all, list everything in it that is wrong."""
    first, has_turn = None, False
    try:
        for entry in record.read(document):
            first, has_turn = first or entry, has_turn or isinstance(entry, Turn)
            yield entry
    except UnreadableSource as error:
        raise _add_faults(error, known, record, document) from None
    if isinstance(first, Skipped) and not has_turn:
        none = UnreadableSource(f"no turn could be read: {first.reason}", line=first.line or 0)
        raise _add_faults(none, known, record, document)


def _add_faults(
    error: UnreadableSource, known: Format, record: JsonRecord, document: object
) -> UnreadableSource:
    model = record.sample.document if record.sample else None
    if model is None:
        return error
    try:
        model.model_validate(document)
    except ValidationError as found:
        listed = list_faults(found, document)
        message = f"{error.message}; as {known}, it has these faults: {listed}"
        return UnreadableSource(message, line=error.line or 1)
    return error


def _list_keys() -> Iterator[str]:
    for known in Format:
        model = known.record.sample.document if known.record.sample else None
        if model is not None and not issubclass(model, RootModel):
            required = (n for n, field in model.model_fields.items() if field.is_required())
            yield f"{known} by {', '.join(required)}"


def find_call(text: str) -> Format | None:
    """Find the format of a text that was handed over as notes and is surely a call; or None."""
    for candidate in Format:
        record = candidate.record
        if isinstance(record, TextRecord) and record.is_sure(text):
            return candidate
    if not begins_like_json(text):
        return None
    try:
        document = parse_json(text)
    except UnreadableSource:
        return None  # notes may begin like JSON
    records = ((candidate, candidate.record) for candidate in Format)
    return next(
        (
            each
            for each, record in records
            if isinstance(record, JsonRecord) and record.detect(document)
        ),
        None,
    )


def _match_name(name: str | None) -> Sequence[Format]:
    """List the formats that a file of this name may have: all, if its suffix says nothing."""
    suffix = PurePath(name or "").suffix.lower()
    named = [known for known in Format if suffix in known.record.suffixes]
    if not named and _SUFFIX.fullmatch(suffix) and suffix not in _UNTYPED:
        suffixes = dict.fromkeys(each for known in Format for each in known.record.suffixes)
        listed = ", ".join([*suffixes, _UNTYPED[0]])
        raise UnreadableSource(
            f"a {suffix} file is not read here; send one of {listed}, or name its format"
        )
    return named or list(Format)
