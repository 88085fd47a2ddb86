"""Read a source of any format into a transcript."""

from collections.abc import Collection, Sequence

from service.errors import LimitExceeded, UnreadableSource
from service.transcripts.formats import Format, read_entries
from service.transcripts.readers.entry import Entries
from service.transcripts.turns import Skipped, Transcript, Turn

__all__ = ["MAX_BYTES", "MAX_ENTRIES", "read_source", "read_text"]

MAX_BYTES = 5_000_000  # a day of talk; two hours are about 0.3 MB
MAX_ENTRIES = 50_000

_REASONS = 5
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_source(
    content: bytes | str,
    source_format: Format | None = None,
    name: str | None = None,
    known: Collection[str] = (),
) -> Transcript:
    """Read the turns of notes or a transcript, and report everything that became none.

    Without a format, the file's name and then its content decide. `known` are names that are set
    for our side or the customer: words before a colon are then surely a name. Bytes are UTF-8, or
    UTF-16 with its byte order mark. Raises UnreadableSource, with the line, for a source that can't
    be read or has no turn, and LimitExceeded above 5,000,000 bytes.
    """
    size = len(content if isinstance(content, bytes) else content.encode(errors="replace"))
    if size > MAX_BYTES:
        raise LimitExceeded("transcript", limit=MAX_BYTES, actual=size, unit="bytes")
    try:
        return _collect(read_entries(read_text(content), source_format, name, known))
    except UnreadableSource as error:
        # Readers don't know the name of the file, which the reader of the error needs.
        raise UnreadableSource(
            error.message, name=name or "", line=error.line, told=error.told
        ) from error


def read_text(content: bytes | str) -> str:
    """Give the text of a source with one kind of line end; UnreadableSource if it is no text."""
    text = _decode(content).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(content: bytes | str) -> str:
    if isinstance(content, bytes):
        encoding = "utf-16" if content.startswith(_UTF_16_MARKS) else "utf-8"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise UnreadableSource(
                f"byte {error.start + 1} is not text in {encoding}; save it as UTF-8 text",
                line=content[: error.start].decode(encoding, "ignore").count("\n") + 1,
            ) from None
    else:
        text = content
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableSource("a zero byte: this is no text; save it as UTF-8 text", line=line)
    return text


def _collect(entries: Entries) -> Transcript:
    turns: list[Turn] = []
    skipped: list[Skipped] = []
    for number, entry in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise UnreadableSource(
                f"more than {MAX_ENTRIES:,} turns; split it", line=entry.line or 0
            )
        if isinstance(entry, Turn):
            turns.append(entry)
        else:
            skipped.append(entry)
    if not turns:
        first = skipped[0] if skipped else Skipped(reason="it is empty")
        raise UnreadableSource(f"no turn could be read: {_explain(skipped)}", line=first.line or 0)
    return Transcript(turns=tuple(turns), skipped=tuple(skipped))


def _explain(skipped: Sequence[Skipped]) -> str:
    """Give every reason once, so that all can be mended at once."""
    first_lines: dict[str, int | None] = {}
    for each in skipped or [Skipped(reason="it is empty")]:
        first_lines.setdefault(each.reason, each.line)
    (reason, _), *others = list(first_lines.items())[:_REASONS]
    return "; ".join([reason, *(f"line {line}: {other}" for other, line in others)])
