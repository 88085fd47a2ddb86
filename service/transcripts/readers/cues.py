"""Read cues: stretches of text with a start and an end, as in WebVTT and SRT."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.transcripts.readers.entry import count_ms
from service.transcripts.readers.speaker_labels import looks_like_name
from service.transcripts.turns import Skipped

__all__ = ["Cue", "read_cues"]

_TIMING = re.compile(r"\s*(?P<start>[-0-9:.,]+?)\s*-{1,2}>\s*(?P<end>[-0-9:.,]+)(?:\s.*)?")
_BEGINS_LIKE_TIMING = re.compile(r"\s*-?[0-9][-0-9:.,]*\s*-{1,2}>")
_STAMP = re.compile(
    r"-?(?:(?P<h>[0-9]{1,9}):-?)?(?P<m>[0-9]{1,3}):-?(?P<s>[0-9]{1,2})(?:[.,](?P<part>[0-9]+))?"
)
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")

_NUMBERED = re.compile(r"[0-9]+\b|[0-9a-f]{8}-")  # an identifier with a number or a digest

_Block = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue: its times in ms, its lines of text, and the number of the first of these lines.

    `identifier` is the line above the times, if there is one.
    """

    line: int
    start_ms: int
    end_ms: int
    lines: list[str]
    identifier: str = ""


def read_cues(lines: Sequence[str], first: int) -> Iterator[Cue | Skipped]:
    """Read every cue in `lines`, of which the first is line number `first` of the file.

    Times may be short (`0:3.5`), negative (read as 0) or written with a comma. A cue's text may
    begin or go on after an empty line, as many tools write it. Text above the first cue is skipped,
    and so are NOTE, STYLE and REGION blocks and cues whose times can't be read.
    """
    open_cue: Cue | None = None
    for line, block in _split_blocks(lines, first):
        timings = _find_timings(block)
        above = block[: timings[0]] if timings else block
        words = _leave_out_identifier(above) if timings else above
        if words and (open_cue is None or _COMMENT.match(words[0]) or _is_number(words)):
            yield _skip(line, words)
        elif words and open_cue:
            # Empty lines keep their place, so that the number of each line is known.
            gap = line - open_cue.line - len(open_cue.lines)
            open_cue.lines.extend([*[""] * gap, *words])
        identifier = above[-1] if len(words) < len(above) else ""
        for found in _split_cues(line, block, timings, identifier):
            if open_cue:
                yield open_cue
            open_cue = found if isinstance(found, Cue) else None
            if isinstance(found, Skipped):
                yield found
    if open_cue:
        yield open_cue


def _leave_out_identifier(above: Sequence[str]) -> Sequence[str]:
    """Give the lines above a cue's times without the last one, unless that is something said."""
    if not above:
        return above
    last = above[-1].strip()
    is_identifier = len(last.split()) < 2 or _NUMBERED.match(last) or looks_like_name(last)
    return above[:-1] if is_identifier else above


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


def _split_cues(
    line: int, block: Sequence[str], timings: Sequence[int], identifier: str
) -> Iterator[Cue | Skipped]:
    """Cut a block before each of its times; some tools leave no empty line between two cues."""
    for at, following in zip(timings, [*timings[1:], len(block)], strict=bool(timings)):
        text = list(block[at + 1 : following])
        if following < len(block) and text and _is_number(text[-1:]):
            next_identifier = text.pop()  # the number of the next cue
        else:
            next_identifier = ""
        times = _TIMING.fullmatch(block[at])
        start, end = (_read_ms(times["start"]), _read_ms(times["end"])) if times else (None, None)
        if start is None or end is None:
            yield Skipped(line=line + at, reason="a cue whose times can't be read")
        else:
            yield Cue(line + at + 1, start, end, text, identifier)
        identifier = next_identifier


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
    return count_ms(*found.group("h", "m", "s", "part"))
