"""Read Otter's text export: a line `Name  0:12` above each paragraph."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from service.transcripts.people import names_nobody
from service.transcripts.readers.entry import Entries, Speaker, count_ms, make_turn
from service.transcripts.readers.json_with_lines import begins_like_json
from service.transcripts.turns import Skipped

__all__ = ["is_otter", "read_otter"]

_STAMP = re.compile(r"(?:(?P<h>[0-9]{1,5}):)?(?P<m>[0-9]{1,2}):(?P<s>[0-9]{2})")
_FOOTER = re.compile(r"Transcribed by https?://otter\.ai/?", re.IGNORECASE)


@dataclass
class _Paragraph:
    """A header's line, name and start, and the lines below it."""

    line: int
    name: str
    start_ms: int
    lines: list[str] = field(default_factory=list)


def is_otter(text: str) -> bool:
    """Tell whether a text begins as Otter's do, or has its footer; a list of times does not."""
    if begins_like_json(text):
        return False
    lines = [line for line in text.split("\n") if line.strip()]
    headers = [_read_header(line, 0) for line in lines]
    if lines and _FOOTER.fullmatch(lines[-1].strip()):
        return any(headers)
    # Without the footer: a header with a name, a line of words, and another header further down.
    begins = bool(headers[:1] and headers[0] and headers[0].name) and headers[1:2] == [None]
    return begins and any(headers[2:])


def read_otter(text: str, known: Collection[str] = ()) -> Entries:
    """Make a turn of each paragraph, with its start; the export has no ends, and needs no names.

    Text above the first speaker (a title, key words) and Otter's footer are skipped.
    """
    for found in _split_paragraphs(text):
        if isinstance(found, Skipped):
            yield found
            continue
        named = found.name and not names_nobody(found.name)
        by = Speaker(found.name, found.name) if named else Speaker()
        yield from make_turn("\n".join(found.lines), by, line=found.line, start_ms=found.start_ms)


def _split_paragraphs(text: str) -> Iterator[_Paragraph | Skipped]:
    paragraph: _Paragraph | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if header := _read_header(line, number):
            if paragraph:
                yield paragraph
            paragraph = header
        elif _FOOTER.fullmatch(line.strip()):
            yield Skipped(line=number, reason="Otter's own footer")
        elif paragraph:
            paragraph.lines.append(line)
        elif line.strip():
            yield Skipped(line=number, reason="text above the first speaker")
    if paragraph:
        yield paragraph


def _read_header(line: str, number: int) -> _Paragraph | None:
    """Open a paragraph at a line that is a stamp, alone or two spaces behind a name."""
    *before, stamp = line.rsplit(maxsplit=1) or [""]
    found = _STAMP.fullmatch(stamp)
    name = before[0] if before else ""
    if not found or (name and len(line.rstrip()) - len(name) - len(stamp) < 2):
        return None
    return _Paragraph(number, name.strip(), count_ms(*found.group("h", "m", "s")))
