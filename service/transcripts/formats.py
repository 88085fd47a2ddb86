"""Formats: the forms in which notes and transcripts arrive, and how to tell them apart."""

import re
from enum import StrEnum
from pathlib import PurePath

from service.transcripts.readers import otter, webvtt
from service.transcripts.turns import IntakeError

__all__ = ["Format", "format_of_document", "format_of_text"]


class Format(StrEnum):
    """How a source is written."""

    WEBVTT = "webvtt"
    SRT = "srt"
    OTTER = "otter"
    NOTES = "notes"
    TURNS = "turns"
    GONG = "gong"
    UTTERANCES = "utterances"
    ASSEMBLYAI = "assemblyai"
    DEEPGRAM = "deepgram"
    FIREFLIES = "fireflies"
    RECALL = "recall"


_BY_SUFFIX = {
    ".vtt": Format.WEBVTT,
    ".srt": Format.SRT,
    ".md": Format.NOTES,
    ".markdown": Format.NOTES,
    ".jsonl": Format.TURNS,
    ".ndjson": Format.TURNS,
    ".json": None,
}
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,7}")
_SRT = re.compile(r"\s*+(?:[0-9]+[ \t]*+\n[ \t]*+)?-?[0-9:.,]+[ \t]*+-->")
_TURN = re.compile(r'\s*+\{\s*+"speaker_id"\s*+:')
_JSON = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+(?:\{|\]\s*+\Z))')


def format_of_text(text: str, name: str | None) -> Format | None:
    """The format by the file's name, else by how it begins; None for JSON, whose content decides.

    Raises IntakeError for the name of a kind of file that is not read here.
    """
    suffix = PurePath(name or "").suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if _SUFFIX.fullmatch(suffix) and suffix not in {".txt", ".text"}:
        known = ", ".join([*_BY_SUFFIX, ".txt"])
        raise IntakeError(
            f"a {suffix} file is not read here; send one of {known}, or name its format"
        )
    return _format_by_beginning(text)


def _format_by_beginning(text: str) -> Format | None:
    if webvtt.SIGNATURE.match(text):
        return Format.WEBVTT
    if _SRT.match(text):
        return Format.SRT
    if _TURN.match(text):
        return Format.TURNS
    if _JSON.match(text):
        return None
    return Format.OTTER if otter.is_export(text) else Format.NOTES


def format_of_document(document: object) -> Format:
    """The format of a JSON document by its keys; IntakeError where they tell nothing.

    Utterances without a unit are only AssemblyAI's where its `audio_url` is there, for a unit is
    never guessed.
    """
    match document:
        case {"callTranscripts": _}:
            return Format.GONG
        case {"results": _}:
            return Format.DEEPGRAM
        case {"utterances": _, "audio_url": _}:
            return Format.ASSEMBLYAI
        case {"utterances": _}:
            return Format.UTTERANCES
        case {"data": {"transcript": _}} | {"transcript": {"sentences": _}} | {"sentences": _}:
            return Format.FIREFLIES
        case [{"words": _}, *_]:
            return Format.RECALL
    known = ", ".join(Format)
    raise IntakeError(f"no export known here has this form; name its format: {known}", line=1)
