"""Read the lines of a page of notes: Markdown with HTML, comments and front matter in it."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.transcripts.readers.entry import split_lines
from service.transcripts.turns import Skipped

__all__ = ["PageLine", "iter_page_lines"]

_FENCE = re.compile(r"(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>h[1-6]|ul|ol|li|p|br|div|hr|table|thead|tbody|tfoot|tr|td|th|b|strong|i|em|u|s|"
    r"del|ins|mark|small|sub|sup|span|a|font|code|pre|kbd|blockquote|img|details|summary|section|article|"
    r"header|footer|main|nav|html|head|body|title|meta|link|input|label|colgroup|col|dl|dt|dd|script|style)"
    r"(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_INLINE = re.compile(
    r"[ius]|em|del|ins|mark|small|su[bp]|span|a|font|code|kbd|img|input|label|meta|link|col|colgroup"
)
_BOLD = "\ue000"  # where a bold tag begins or ends, until it is known what it means
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_KEY = re.compile(r"[\w.-]{1,60}\s*:(?:\s|\Z)")
_MOST_FRONT = 100  # lines


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page without HTML; several may stand on one line of the file.

    `indent` is the number of characters before the words. In code a line is what it is.
    """

    number: int
    text: str
    indent: int = 0
    is_code: bool = False


def iter_page_lines(text: str) -> Iterator[PageLine | Skipped]:
    """Yield each line of a page, the empty ones too; comments and front matter are skipped."""
    lines = split_lines(text)
    front = _count_front_matter(lines)
    yield from (Skipped(line=number, reason="front matter") for number in range(1, front + 1))
    fence = ""
    markup = _Markup()
    for number, line in enumerate(lines[front:], front + 1):
        flat = " ".join(line.split())
        after = fence if markup.is_open else _fence_after(flat, fence)
        if after != fence:
            fence = after
            yield Skipped(line=number, reason="a code fence")
        elif fence:
            yield PageLine(number, flat, is_code=True)
        else:
            yield from markup.read(line, number)
    yield from markup.finish()


def _count_front_matter(lines: Sequence[str]) -> int:
    """Count the lines of YAML between `---` and `---` at the beginning."""
    if lines[0].strip() != "---":
        return 0
    for index, line in enumerate(lines[1:_MOST_FRONT], 1):
        if line.strip() in {"---", "..."}:
            has_keys = any(_KEY.match(each) for each in lines[1:index])
            return index + 1 if has_keys and not any(not each.strip() for each in lines[1:2]) else 0
    return 0


def _fence_after(line: str, fence: str) -> str:
    """Give the fence that is open after a line if `fence` is open before it; empty for none."""
    found = _FENCE.fullmatch(line)
    if not found:
        return fence
    if not fence:
        return found["fence"]
    return "" if found["fence"].startswith(fence) and not found["info"] else fence


class _Markup:
    """Leaves HTML out of lines, and remembers what is open from one line to the next."""

    def __init__(self) -> None:
        self._is_comment = False
        self._hidden = ""  # the script or style that is open
        self._heading = 0
        self._cells: list[str] | None = None  # of the row that is open
        self._row_line = 0

    @property
    def is_open(self) -> bool:
        return self._is_comment or bool(self._hidden)

    def read(self, line: str, number: int) -> Iterator[PageLine | Skipped]:
        """Yield the lines that a line of the file holds."""
        bare = self._leave_out_comments(line)
        if bare != line and not bare.strip():
            yield Skipped(line=number, reason="a comment")
            return
        if "<" not in bare and self._cells is None and not self._hidden:
            yield self._make(bare, number)
            return
        yield from self._leave_out_tags(bare, number)

    def finish(self) -> Iterator[PageLine]:
        """Yield the row that the end of the page left open."""
        yield from self._close_row()

    def _leave_out_comments(self, line: str) -> str:
        kept: list[str] = []
        at = 0
        while at < len(line):
            mark = "-->" if self._is_comment else "<!--"
            found = line.find(mark, at)
            if not self._is_comment:
                kept.append(line[at:] if found < 0 else line[at:found])
            if found < 0:
                break
            self._is_comment = not self._is_comment
            at = found + len(mark)
        return "".join(kept)

    def _leave_out_tags(self, line: str, number: int) -> Iterator[PageLine | Skipped]:
        parts: list[str] = []
        at = 0
        for tag in _TAG.finditer(line):
            if not self._hidden:
                parts.append(line[at : tag.start()])
            at = tag.end()
            name, is_end = tag["name"].lower(), bool(tag["end"])
            if name in {"script", "style"}:
                self._hidden = "" if is_end else name
            elif not self._hidden and not _INLINE.fullmatch(name):
                yield from self._pass_tag(name, is_end, parts, number)
        if not self._hidden:
            parts.append(line[at:])
        if not at and self._cells is None:
            yield self._make("".join(parts), number)
        elif self._cells is not None:
            self._add_words([*parts, " "])
        else:
            yield from self._flush(parts, number)

    def _pass_tag(
        self, name: str, is_end: bool, parts: list[str], number: int
    ) -> Iterator[PageLine]:
        """Do what a tag means: mark bold words, open a cell or a row, or begin a line."""
        if name in {"b", "strong"}:
            parts.append(_BOLD)
        elif name in {"td", "th"} and self._cells is not None:
            self._add_words(parts)
            self._cells += [] if is_end else [""]
        elif name == "tr" or (name == "table" and is_end):
            yield from self._flush(parts, number)
            yield from self._close_row()
            self._cells, self._row_line = (None if is_end else []), number
        elif self._cells is not None:
            parts.append(" ")  # a paragraph in a cell
        else:
            yield from self._flush(parts, number)
            if name[0] == "h" and name[1:].isdigit():
                self._heading = 0 if is_end else int(name[1:])

    def _add_words(self, parts: list[str]) -> None:
        if self._cells:
            self._cells[-1] += "".join(parts)
        parts.clear()

    def _flush(self, parts: list[str], number: int) -> Iterator[PageLine]:
        """Yield the words that were met so far."""
        words = "".join(parts)
        parts.clear()
        if self._cells:
            self._cells[-1] += words
        elif words.strip(f" \t{_BOLD}"):
            yield self._make(words, number)

    def _close_row(self) -> Iterator[PageLine]:
        cells, self._cells = self._cells, None
        flat = [" ".join(cell.replace(_BOLD, "").split()) for cell in cells or ()]
        if any(flat):
            yield self._make(
                f"| {' | '.join(cell.replace('|', '/') for cell in flat)} |", self._row_line
            )

    def _make(self, words: str, number: int) -> PageLine:
        indent = len(words) - len(words.lstrip())
        flat = " ".join(_ENTITY.sub(lambda entity: html.unescape(entity[0]), words).split())
        inner = flat.strip(_BOLD)
        if _BOLD in flat:
            is_bold = len(inner) == len(flat) - 2 and _BOLD not in inner
            flat = f"**{inner}**" if is_bold else flat.replace(_BOLD, "")
        if self._heading and flat:
            flat = f"{'#' * self._heading} {flat.strip('*')}"
        return PageLine(number, flat, indent)
