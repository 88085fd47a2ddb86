"""Read notes, plain or in Markdown: every line with words is a turn."""

import re

from service.transcripts.readers.entry import Entries, Speaker, make_turn
from service.transcripts.readers.json_with_lines import begins_like_json
from service.transcripts.turns import NOTES, Skipped

__all__ = ["can_be_notes", "read_notes"]

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_MARKUP = re.compile(r"[\s|:+*_=~`#>\-–—•]*")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LEAD = re.compile(r"(?:> ?)*(?:[-*+•◦▪‣·–—] )?(?P<words>.*)")
_HEADING = re.compile(r"(?P<level>#{1,6}) (?P<words>.*?)(?: #+)?")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<words>(?:(?!(?P=mark)).)+)(?P=mark):?")
_ROW = re.compile(r"\|(?P<cells>.*?)\|?")
_BOLD_LEVEL = 7
_TITLE_WORDS = 8


def can_be_notes(text: str) -> bool:
    """Tell whether a text may be notes: any text that is not JSON, if no other format is found."""
    return not begins_like_json(text)


def read_notes(text: str) -> Entries:
    """Make a turn of each line, with `notes` as its speaker and without its bullet, `>` or `#`.

    A heading (`#`, a line underlined with === or ---, a line all in bold) has its level in
    `heading`. A table's row is one turn, with `|` between its cells. Code keeps its lines. Rules,
    fences and the rule of a table are skipped. Numbers of lists and boxes stay, since they may mean
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
            yield from make_turn(line, Speaker(NOTES), line=number)
        elif line and _MARKUP.fullmatch(line):
            yield Skipped(line=number, reason="markup without words")
        elif line:
            words, level = _read_line(line, above=lines[number - 1], below=lines[number + 1])
            yield from make_turn(words, Speaker(NOTES), line=number, heading=level)


def _fence_after(line: str, fence: str) -> str:
    """Give the fence that is open after a line if `fence` is open before it; empty for none."""
    found = _FENCE.fullmatch(line)
    if not found:
        return fence
    if not fence:
        return found["fence"]
    return "" if found["fence"].startswith(fence) and not found["info"] else fence


def _read_line(line: str, *, above: str, below: str) -> tuple[str, int | None]:
    """Give a line's words and, if it is a heading, its level."""
    if found := _HEADING.fullmatch(line):
        return found["words"], len(found["level"])
    if (found := _BOLD.fullmatch(line)) and _is_title(found["words"]):
        return found["words"], _BOLD_LEVEL
    if found := _ROW.fullmatch(line):
        cells = re.split(r"(?<!\\)\|", found["cells"])
        return " | ".join(cell.strip() for cell in cells), None
    lead = _LEAD.fullmatch(line)
    words = lead["words"] if lead else line
    underline = _UNDERLINE.fullmatch(below)
    if underline and not above and words == line and _is_title(words):
        return words, 1 if underline[0][0] == "=" else 2
    return words, None


def _is_title(words: str) -> bool:
    """Tell whether a line that looks like a heading is too short for an answer, or a question.

    Headings are never evidence, and an answer in bold must not be lost as one.
    """
    return words.endswith("?") or (len(words.split()) <= _TITLE_WORDS and words[-1:] not in ".!")
