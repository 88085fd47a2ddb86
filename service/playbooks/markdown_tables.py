"""Find the tables of a Markdown text, each with the heading, id and goal above it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from service.playbooks.cell_marks import mask, reveal, reveal_line
from service.playbooks.columns import match_columns, missing_columns
from service.playbooks.findings import Findings, show
from service.playbooks.probes import strip_emphasis
from service.playbooks.table import MOST_ROWS, Cell, Table

__all__ = ["find_tables"]

_BAR = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-{2,})\s*")
_FENCE = re.compile(r"\s*(```|~~~)")
_ID = re.compile(r"\s*<!--\s*id:\s*(\S+)\s*-->\s*")
# Word processors make one dash of two, and Emacs joins columns with a plus sign.
_RULE = re.compile(r"[\s|:+=–—-]*[=–—-][\s|:+=–—-]*")
_TABLE_END = re.compile(r"\s*([<>`]|[*+-]\s|\d+[.)]\s|$)")
_GOAL = re.compile(
    r"(?:(?P<mark>\*{1,3}|_{1,3})goal(?:\s*:(?P=mark)|(?P=mark)\s*:)|goal\s*:)", re.IGNORECASE
)
_ANCHOR = re.compile(r"\s*\{#[\w.-]*\}$")
_GOAL_MARK = "**Goal:**"
# A comment leaves a gap of its length, so that columns are counted as in the file.
_GAP = "\0"
_BLANK = f"{_GAP} \t\xa0"
_LONGEST_LINE = 100_000

_Line = tuple[int, str]


@dataclass(frozen=True)
class _Heading:
    """The title above a table, with the id and the goal that follow it."""

    title: str = ""
    identity: str = ""
    goal: str = ""


def find_tables(text: str, findings: Findings) -> Iterator[Table]:
    """Yield the tables that have a playbook's columns; note what is passed over, and why."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > _LONGEST_LINE:
            message = (
                f"the line is longer than {_LONGEST_LINE:,} characters; a playbook's is shorter"
            )
            findings.refuse(message, number, _LONGEST_LINE + 1)
            return
    yield from _Page(_blank_comments(lines), findings).find_tables()


class _Page:
    """A page of Markdown, read line by line. None is a line that holds only a comment."""

    def __init__(self, lines: Sequence[str | None], findings: Findings) -> None:
        self._lines = [
            (number, line if _BAR.search(line) else line.replace(_GAP, ""))
            for number, line in enumerate(lines, 1)
            if line is not None
        ]
        self._findings = findings
        self._heading = _Heading()

    def find_tables(self) -> Iterator[Table]:
        at = _skip_front_matter(self._lines)
        fence, last = "", None
        while at < len(self._lines):
            _, line = self._lines[at]
            if found := _FENCE.match(line):
                # A block of code ends with the marks that it began with.
                fence = "" if fence == found[1] else fence or found[1]
            elif fence:
                pass
            elif self._read_heading(at):
                last = None
            elif _BAR.search(line):
                block = self._take_block(at)
                if table := self._read_block(block, last):
                    last = table
                    yield table
                at += len(block)
                continue
            at += 1

    def _read_heading(self, at: int) -> bool:
        """Take a heading, an id or a goal into account; True if a new title begins."""
        number, line = self._lines[at]
        if self._is_header(at):
            return False
        if found := _HEADING.fullmatch(line.strip()):
            self._heading = _Heading(self._read_title(found[1], number))
            return True
        if found := _ID.fullmatch(line):
            self._heading = replace(self._heading, identity=found[1])
        elif line.strip().startswith(_GOAL_MARK) or _GOAL.match(line.strip()):
            self._heading = replace(self._heading, goal=self._read_goal(at))
        elif at and _UNDERLINE.fullmatch(line) and self._is_paragraph(at - 1):
            above = self._lines[at - 1]
            self._heading = _Heading(self._read_title(above[1].strip(), above[0]))
            return True
        return False

    def _is_header(self, at: int) -> bool:
        """Tell a header without its outer bars, `# | Question | ...`, from a heading."""
        _, line = self._lines[at]
        if not _BAR.search(line) or at + 1 == len(self._lines):
            return False
        names = [cell.text for cell in _split_row(0, line)]
        return not missing_columns(match_columns(names)) and _is_rule(self._lines[at + 1][1], line)

    def _read_title(self, written: str, line: int) -> str:
        plain = re.sub(r"(?:^|\s+)#+$", "", written.replace(_GAP, "").strip())
        bare = strip_emphasis(_ANCHOR.sub("", plain))
        if bare != plain:
            self._findings.assume(f"the heading is read as {show(bare)}", line, 1)
        return reveal(bare).strip()

    def _read_goal(self, at: int) -> str:
        number, line = self._lines[at]
        line = line.strip()
        if line.startswith(_GOAL_MARK):
            first = line.removeprefix(_GOAL_MARK)
        else:
            found = _GOAL.match(line)
            assert found  # noqa: S101 - the caller looked
            self._findings.assume(f"{show(found[0])} is read as '{_GOAL_MARK}'", number, 1)
            first = line[found.end() :]
        words = [first]
        while (at := at + 1) < len(self._lines) and self._is_paragraph(at):
            words.append(self._lines[at][1].strip())
        return reveal_line(" ".join(words)).strip()

    def _is_paragraph(self, at: int) -> bool:
        number, line = self._lines[at]
        is_next = at == 0 or self._lines[at - 1][0] == number - 1
        begins_block = _TABLE_END.match(line) or _HEADING.match(line.strip())
        underlined = _UNDERLINE.fullmatch(line)
        return not (begins_block or underlined or _BAR.search(line)) and is_next

    def _take_block(self, at: int) -> list[_Line]:
        """Take the lines that may be one table, from one with a bar to the table's end."""
        block = [self._lines[at]]
        width = len(_split_row(*self._lines[at]))
        for index in range(at + 1, len(self._lines)):
            number, line = self._lines[index]
            ends = _TABLE_END.match(line) or _HEADING.match(line.strip())
            if not line.strip() or (ends and not self._is_row(line, width)):
                break
            block.append((number, line))
        return block

    def _is_row(self, line: str, width: int) -> bool:
        """Tell whether a line that may begin something else is a row without its outer bar."""
        if _HEADING.match(line.strip()) and not _BAR.search(line):
            return False
        return len(_split_row(0, line)) >= width > 1 and not line.strip().startswith(("<", ">"))

    def _read_block(self, block: list[_Line], last: Table | None) -> Table | None:
        (first, line), *rest = block
        header = _split_row(first, line)
        has_rule = bool(rest) and _is_rule(rest[0][1], line)
        if not has_rule and len(header) < 3:
            return None
        missing = missing_columns(match_columns([cell.text for cell in header]))
        if not has_rule and len(missing) == 0:
            message = "a rule such as |---|---| follows the header"
            self._findings.refuse(message, first + 1, 1)
        elif not has_rule and last and len(header) == len(last.header):
            # An empty line in the middle of a table; its rows would be lost without a word.
            message = "rows after an empty line are read as part of the table"
            self._findings.assume(message, first, 1)
            last.rows.extend(self._read_rows(block, len(header)))
        elif has_rule and len(missing) > 1:
            names = ", ".join(repr(column.value) for column in missing)
            self._findings.assume(f"a table is passed over: it has no column {names}", first, 1)
        elif has_rule:
            if not line.lstrip().startswith("|"):
                self._findings.assume("the bars at the ends of the rows are missing", first, 1)
            rows = self._read_rows(rest[1:], len(header))
            return Table(header, rows, self._findings, **vars(self._heading))
        return None

    def _read_rows(self, lines: Sequence[_Line], width: int) -> list[list[Cell]]:
        rows = []
        for number, line in lines[: MOST_ROWS + 1]:
            if not _BAR.search(line):
                message = "a row starts with |; leave an empty line after the table"
                self._findings.refuse(message, number, 1)
                continue
            cells = _split_row(number, line)
            if not any(cell.text for cell in cells):
                continue  # an empty row is no question
            if len(cells) == width:
                rows.append(cells)
            else:
                message = (
                    f"{len(cells)} cells, not the header's {width}; write a | inside a cell as \\|"
                )
                self._findings.refuse(message, number, cells[: width + 1][-1].column)
        return rows


def _split_row(number: int, row: str) -> list[Cell]:
    """Split a row into cells, white space trimmed; columns are counted from 1."""
    shown = row.replace(_GAP, " ")
    start = row.index("|") + 1 if shown.lstrip().startswith("|") else 0
    ends = [match.start() for match in _BAR.finditer(row, start)]
    if not ends or ends[-1] < len(shown.rstrip()) - 1:
        ends.append(len(row))
    cells = []
    for end in ends:
        raw = row[start:end]
        text = raw.replace(_GAP, " ")
        padding = len(text) - len(text.lstrip())
        cells.append(Cell(raw.replace(_GAP, "").strip(), number, start + padding + 1))
        start = end + 1
    return cells


def _is_rule(line: str, header: str) -> bool:
    has_bars = "|" in line or header.lstrip().startswith("|")
    return has_bars and bool(_RULE.fullmatch(line))


def _skip_front_matter(lines: Sequence[_Line]) -> int:
    """Give the index of the first line after the YAML block that some editors put on top."""
    if lines and lines[0][1].strip() == "---":
        for at, (_, line) in enumerate(lines[1:100], 2):
            if line.strip() in {"---", "..."}:
                return at
            if not re.match(r"[\w-]+\s*:|\s|#|$|-\s", line):
                break
    return 0


def _blank_comments(lines: Sequence[str]) -> list[str | None]:
    """Put gaps in place of HTML comments outside code; None for a line of nothing else."""
    last = max((n for n, line in enumerate(lines) if "-->" in line), default=-1)
    blanked: list[str | None] = []
    inside, fence = False, ""
    for number, line in enumerate(lines):
        if inside:
            end = line.find("-->")
            inside = end < 0
            rest = "" if inside else _GAP * (end + 3) + line[end + 3 :]
            blanked.append(rest if rest.strip(_BLANK) else None)
            continue
        if found := _FENCE.match(line):
            fence = "" if fence == found[1] else fence or found[1]
        if fence or _ID.fullmatch(line) or "<!--" not in line:
            blanked.append(line)
            continue
        clean, inside = _blank_line(line, continues=number < last)
        blanked.append(clean if clean.strip(_BLANK) else None)
    return blanked


def _blank_line(line: str, *, continues: bool) -> tuple[str, bool]:
    """Blank the comments of one line; True if the last one goes on in the next line."""
    plain, end, parts = mask(line), 0, []
    for found in re.finditer("<!--", plain):
        if found.start() < end:
            continue
        close = line.find("-->", found.end())
        if close < 0 and not continues:
            break  # never closed, so it is text
        parts.append(line[end : found.start()])
        if close < 0:
            return "".join(parts), True
        parts.append(_GAP * (close + 3 - found.start()))
        end = close + 3
    return "".join([*parts, line[end:]]), False
