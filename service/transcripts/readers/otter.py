"""Otter's text export: a line `Name  0:12` above each paragraph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from service.transcripts.readers.entry import Entries, Speaker, spoken
from service.transcripts.turns import Skipped

__all__ = ["entries", "is_export"]

_STAMP = re.compile(r"(?:(?P<h>[0-9]{1,5}):)?(?P<m>[0-9]{1,2}):(?P<s>[0-9]{2})")
_FOOTER = re.compile(r"Transcribed by https?://otter\.ai/?", re.IGNORECASE)
_UNNAMED = "unknown speaker"


@dataclass
class _Paragraph:
    """A header's line, name and start, and the lines under it."""

    line: int
    name: str
    start_ms: int
    lines: list[str] = field(default_factory=list)


def is_export(text: str) -> bool:
    """Whether a text begins as Otter's do, or has its footer; a list of times is none."""
    lines = [line for line in text.split("\n") if line.strip()]
    headers = [_header(line, 0) for line in lines]
    if lines and _FOOTER.fullmatch(lines[-1].strip()):
        return any(headers)
    begins = bool(headers[:1] and headers[0] and headers[0].name) and headers[1:2] == [None]
    return begins and any(headers[2:])


def entries(text: str) -> Entries:
    """A turn for each paragraph with its start; the export knows no ends.

    What stands above the first speaker (a title, key words) and Otter's footer are skipped.
    """
    for found in _paragraphs(text):
        if isinstance(found, Skipped):
            yield found
            continue
        named = found.name and found.name.casefold() != _UNNAMED
        by = Speaker(found.name, found.name) if named else Speaker()
        yield from spoken("\n".join(found.lines), by, line=found.line, start_ms=found.start_ms)


def _paragraphs(text: str) -> Iterator[_Paragraph | Skipped]:
    paragraph: _Paragraph | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if header := _header(line, number):
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


def _header(line: str, number: int) -> _Paragraph | None:
    """The paragraph a line opens: a stamp, by itself or two spaces behind a name."""
    *before, stamp = line.rsplit(maxsplit=1) or [""]
    found = _STAMP.fullmatch(stamp)
    name = before[0] if before else ""
    if not found or (name and len(line.rstrip()) - len(name) - len(stamp) < 2):
        return None
    minutes = int(found["h"] or 0) * 60 + int(found["m"])
    return _Paragraph(number, name.strip(), (minutes * 60 + int(found["s"])) * 1000)
