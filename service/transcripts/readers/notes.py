"""Notes, plain or in Markdown: every line with words is a turn."""

import re

from service.transcripts.readers.entry import Entries, Speaker, spoken
from service.transcripts.turns import NOTES, Skipped

__all__ = ["entries"]

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_MARKUP = re.compile(r"[\s|:+*_=~`#>\-–—•]*")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LEAD = re.compile(r"(?:> ?)*(?:[-*+•◦▪‣·–—] )?(?P<words>.*)")
_HEADING = re.compile(r"(?P<level>#{1,6}) (?P<words>.*?)(?: #+)?")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<words>(?:(?!(?P=mark)).)+)(?P=mark):?")
_ROW = re.compile(r"\|(?P<cells>.*?)\|?")
_BOLD_LEVEL = 7
_TITLE_WORDS = 8


def entries(text: str) -> Entries:
    """A turn for each line, by the speaker `notes`, without its bullet, `>` or `#`.

    Headings (`#`, a line underlined with === or ---, a line all in bold) say their level in
    `heading`. A table's row is one turn, its cells joined by `|`. Code keeps its lines. Rules,
    fences and a table's rule are skipped; numbers of lists and boxes stay, for they may mean
    something.
    """
    lines = ["", *(" ".join(line.split()) for line in text.split("\n")), ""]
    fence = ""
    for number, line in enumerate(lines[1:-1], 1):
        after = _fence_after(line, fence)
        if after != fence:
            fence = after
            yield Skipped(line=number, reason="a code fence")
        elif fence and line:
            yield from spoken(line, Speaker(NOTES), line=number)
        elif line and _MARKUP.fullmatch(line):
            yield Skipped(line=number, reason="markup without words")
        elif line:
            words, level = _read(line, above=lines[number - 1], below=lines[number + 1])
            yield from spoken(words, Speaker(NOTES), line=number, heading=level)


def _fence_after(line: str, fence: str) -> str:
    """The fence that is open after a line, where `fence` was before it; empty for none."""
    found = _FENCE.fullmatch(line)
    if not found:
        return fence
    if not fence:
        return found["fence"]
    return "" if found["fence"].startswith(fence) and not found["info"] else fence


def _read(line: str, *, above: str, below: str) -> tuple[str, int | None]:
    """A line's words and, where it is a heading, its level."""
    if found := _HEADING.fullmatch(line):
        return found["words"], len(found["level"])
    if (found := _BOLD.fullmatch(line)) and _announces(found["words"]):
        return found["words"], _BOLD_LEVEL
    if found := _ROW.fullmatch(line):
        cells = re.split(r"(?<!\\)\|", found["cells"])
        return " | ".join(cell.strip() for cell in cells), None
    lead = _LEAD.fullmatch(line)
    words = lead["words"] if lead else line
    underline = _UNDERLINE.fullmatch(below)
    if underline and not above and words == line and _announces(words):
        return words, 1 if underline[0][0] == "=" else 2
    return words, None


def _announces(words: str) -> bool:
    """Whether what looks like a heading says too little to be an answer, or asks something."""
    return words.endswith("?") or (len(words.split()) <= _TITLE_WORDS and words[-1:] not in ".!")
