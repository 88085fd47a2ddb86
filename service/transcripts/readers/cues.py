"""Read cues: stretches of text with a start and an end, as in WebVTT and SRT."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.transcripts.turns import Skipped

__all__ = ["Cue", "read_cues"]

_TIMING = re.compile(r"\s*(?P<start>[-0-9:.,]+?)\s*-{1,2}>\s*(?P<end>[-0-9:.,]+)(?:\s.*)?")
_BEGINS_LIKE_TIMING = re.compile(r"\s*-?[0-9][-0-9:.,]*\s*-{1,2}>")
_STAMP = re.compile(
    r"-?(?:(?P<h>[0-9]{1,9}):-?)?(?P<m>[0-9]{1,3}):-?(?P<s>[0-9]{1,2})(?:[.,](?P<part>[0-9]+))?"
)
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")

_Block = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: its times in ms, its lines of text, and the number of the first of these lines."""

    line: int
    start_ms: int
    end_ms: int
    lines: list[str]


def read_cues(lines: Sequence[str], first: int, *, gaps: bool) -> Iterator[Cue | Skipped]:
    """Read every cue in `lines`, of which the first is line number `first` of the file.

    Times may be short (`0:3.5`), negative (read as 0) or written with a comma. With `gaps`, as in
    SRT, a cue's text continues after an empty line. Otherwise text without times above it is
    skipped, and so are NOTE, STYLE and REGION blocks and cues whose times can't be read.
    """
    open_cue: Cue | None = None
    for line, block in _split_blocks(lines, first):
        timings = _find_timings(block)
        if not timings:
            if gaps and open_cue and not _is_number(block):
                open_cue.lines.extend(block)
            else:
                yield _skip(line, block)
            continue
        if timings[0] > 1:  # more than a cue's identifier is above the times
            yield _skip(line, block)
        for found in _split_cues(line, block, timings):
            if open_cue:
                yield open_cue
            open_cue = found if isinstance(found, Cue) else None
            if isinstance(found, Skipped):
                yield found
    if open_cue:
        yield open_cue


def _split_blocks(lines: Iterable[str], first: int) -> Iterator[_Block]:
    """Yield the lines between two empty ones, with the number of the first of them."""
    block: list[str] = []
    number = first
    for number, line in enumerate(lines, first):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []
    if block:
        yield number + 1 - len(block), block


def _find_timings(block: Sequence[str]) -> list[int]:
    """Find the lines of a block that hold times; an arrow in the words is none."""
    if _COMMENT.match(block[0]):
        return []
    found: list[int] = []
    for index, line in enumerate(block):
        # At the place of a cue's times any arrow counts, so that broken times are reported.
        expected = index <= 1 and not found and "-->" in line
        if expected or _BEGINS_LIKE_TIMING.match(line):
            found.append(index)
    return found


def _split_cues(line: int, block: Sequence[str], timings: Sequence[int]) -> Iterator[Cue | Skipped]:
    """Cut a block before each of its times; some tools leave no empty line between two cues."""
    for at, following in zip(timings, [*timings[1:], len(block)], strict=True):
        text = list(block[at + 1 : following])
        if following < len(block) and text and _is_number(text[-1:]):
            text.pop()  # the number of the next cue
        times = _TIMING.fullmatch(block[at])
        start, end = (_read_ms(times["start"]), _read_ms(times["end"])) if times else (None, None)
        if start is None or end is None:
            yield Skipped(line=line + at, reason="a cue whose times can't be read")
        else:
            yield Cue(line + at + 1, start, end, text)


def _is_number(block: Sequence[str]) -> bool:
    return len(block) == 1 and block[0].strip().isdecimal()


def _skip(line: int, block: Sequence[str]) -> Skipped:
    comment = _COMMENT.match(block[0])
    reason = f"a {comment[0].strip()} block" if comment else "text that stands in no cue"
    return Skipped(line=line, reason=reason)


def _read_ms(stamp: str) -> int | None:
    found = _STAMP.fullmatch(stamp)
    if not found:
        return None
    if "-" in stamp:  # some tools shift a transcript and leave its beginning before 0
        return 0
    seconds = (int(found["h"] or 0) * 60 + int(found["m"])) * 60 + int(found["s"])
    return seconds * 1000 + int((found["part"] or "").ljust(3, "0")[:3])
