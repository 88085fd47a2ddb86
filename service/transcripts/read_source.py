"""Reading a source of any format into a transcript."""

from collections.abc import Callable, Mapping
from functools import partial

from service.errors import LimitExceeded
from service.transcripts.formats import Format, format_of_document, format_of_text
from service.transcripts.readers import gong, notes, otter, srt, turns_jsonl, utterances, webvtt
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import parse
from service.transcripts.turns import IntakeError, Skipped, Transcript, Turn

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "read"]

MAX_BYTES = 5_000_000  # a day of talk; two hours are about 0.3 MB
MAX_ENTRIES = 50_000

_OF_TEXT: Mapping[Format, Callable[[str], Entries]] = {
    Format.WEBVTT: webvtt.entries,
    Format.SRT: srt.entries,
    Format.OTTER: otter.entries,
    Format.NOTES: notes.entries,
    Format.TURNS: turns_jsonl.entries,
}
_OF_DOCUMENT: Mapping[Format, Callable[[object], Entries]] = {
    Format.GONG: gong.entries,
    Format.UTTERANCES: utterances.declared,
    Format.ASSEMBLYAI: partial(utterances.entries, shape=utterances.ASSEMBLYAI),
    Format.DEEPGRAM: partial(utterances.entries, shape=utterances.DEEPGRAM),
    Format.FIREFLIES: partial(utterances.entries, shape=utterances.FIREFLIES),
    Format.RECALL: partial(utterances.entries, shape=utterances.RECALL),
}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read(
    content: bytes | str, source_format: Format | None = None, name: str | None = None
) -> Transcript:
    """The turns of notes or a transcript, and a report of everything that became none.

    Without a format, the file's name and then its content decide. Bytes are UTF-8, or UTF-16 with
    its byte order mark. Raises IntakeError, with the line, for what can't be read or holds no
    turn, and LimitExceeded above 5,000,000 bytes.
    """
    size = len(content if isinstance(content, bytes) else content.encode(errors="replace"))
    if size > MAX_BYTES:
        raise LimitExceeded("transcript", limit=MAX_BYTES, actual=size, unit="bytes")
    try:
        text = _decoded(content).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        return _gathered(_entries(text, source_format or format_of_text(text, name)))
    except IntakeError as error:
        raise IntakeError(error.message, name=name or "", line=error.line) from error


def _entries(text: str, source_format: Format | None) -> Entries:
    if source_format is not None and source_format in _OF_TEXT:
        return _OF_TEXT[source_format](text)
    document = parse(text)
    return _OF_DOCUMENT[source_format or format_of_document(document)](document)


def _decoded(content: bytes | str) -> str:
    if isinstance(content, bytes):
        encoding = "utf-16" if content.startswith(_UTF_16_MARKS) else "utf-8"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise IntakeError(
                f"byte {error.start + 1} is not text in {encoding}; save it as UTF-8 text",
                line=content[: error.start].decode(encoding, "ignore").count("\n") + 1,
            ) from None
    else:
        text = content
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise IntakeError("a zero byte: this is no text; save it as UTF-8 text", line=line)
    return text


def _gathered(entries: Entries) -> Transcript:
    turns: list[Turn] = []
    skipped: list[Skipped] = []
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise IntakeError(f"more than {MAX_ENTRIES:,} turns; split it", line=entry.line or 0)
        if isinstance(entry, Turn):
            turns.append(entry)
        else:
            skipped.append(entry)
    if not turns:
        first = skipped[0] if skipped else Skipped(reason="it is empty")
        raise IntakeError(f"no turn could be read: {first.reason}", line=first.line or 0)
    return Transcript(turns=tuple(turns), skipped=tuple(skipped))
