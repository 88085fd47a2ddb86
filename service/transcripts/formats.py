"""List the formats of notes and transcripts, and find out which one a text is in.

To add a format, write its reader and add one member to Format: file suffixes, media types, the
command line and the API follow from that member.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import Self

from service.errors import UnreadableSource
from service.transcripts.readers import gong, notes, otter, srt, turns_jsonl, utterances, webvtt
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import parse_json

__all__ = ["MEDIA_TYPES", "Format", "JsonRecord", "TextRecord", "read_entries"]


@dataclass(frozen=True)
class TextRecord:
    """Everything that is known of a format whose reader takes the text."""

    detect: Callable[[str], bool]
    read: Callable[[str], Entries]
    suffixes: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class JsonRecord:
    """Everything that is known of a format whose reader takes a parsed JSON document."""

    detect: Callable[[object], bool]
    read: Callable[[object], Entries]
    suffixes: tuple[str, ...] = (".json",)
    media_types: tuple[str, ...] = ("application/json",)


class Format(StrEnum):
    """The format of notes or a transcript."""

    record: TextRecord | JsonRecord

    def __new__(cls, value: str, record: TextRecord | JsonRecord) -> Self:
        """Make a member that equals its value, as text, and has its record as an attribute."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.record = record
        return member

    WEBVTT = "webvtt", TextRecord(webvtt.is_webvtt, webvtt.read_webvtt, (".vtt",), ("text/vtt",))
    SRT = (
        "srt",
        TextRecord(srt.is_srt, srt.read_srt, (".srt",), ("application/x-subrip", "text/srt")),
    )
    OTTER = "otter", TextRecord(otter.is_otter, otter.read_otter)
    # Texts are tried in this order, and any text may be notes: other plain text comes above them.
    NOTES = (
        "notes",
        TextRecord(notes.can_be_notes, notes.read_notes, (".md", ".markdown"), ("text/markdown",)),
    )
    TURNS = (
        "turns",
        TextRecord(
            turns_jsonl.begins_with_turn,
            turns_jsonl.read_turns,
            (".jsonl", ".ndjson"),
            ("application/jsonl", "application/x-ndjson"),
        ),
    )
    GONG = "gong", JsonRecord(gong.is_gong, gong.read_gong)
    UTTERANCES = "utterances", JsonRecord(utterances.is_utterances, utterances.read_utterances)
    ASSEMBLYAI = (
        "assemblyai",
        JsonRecord(
            utterances.is_assemblyai, partial(utterances.read_shape, shape=utterances.ASSEMBLYAI)
        ),
    )
    DEEPGRAM = (
        "deepgram",
        JsonRecord(
            utterances.is_deepgram, partial(utterances.read_shape, shape=utterances.DEEPGRAM)
        ),
    )
    FIREFLIES = (
        "fireflies",
        JsonRecord(
            utterances.is_fireflies, partial(utterances.read_shape, shape=utterances.FIREFLIES)
        ),
    )
    RECALL = (
        "recall",
        JsonRecord(utterances.is_recall, partial(utterances.read_shape, shape=utterances.RECALL)),
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


def read_entries(text: str, source_format: Format | None, name: str | None) -> Entries:
    """Read a text in the given format, or in the one that the file's name or the text shows.

    Raises UnreadableSource for a kind of file that is not read here, by its name, for broken JSON,
    and for JSON whose keys show no format.
    """
    candidates = [source_format] if source_format else _match_name(name)
    for candidate in candidates:
        record = candidate.record
        if isinstance(record, TextRecord) and (len(candidates) == 1 or record.detect(text)):
            return record.read(text)
    document = parse_json(text)
    for candidate in candidates:
        record = candidate.record
        if isinstance(record, JsonRecord) and (len(candidates) == 1 or record.detect(document)):
            return record.read(document)
    known = ", ".join(Format)
    raise UnreadableSource(f"no export known here has this form; name its format: {known}", line=1)


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
