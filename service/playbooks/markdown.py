"""Read and write playbooks as Markdown tables, the form in which SAs write them, without loss."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from pydantic import ValidationError

from service.errors import PlaybookError
from service.playbooks.models import Playbook, Question, Signal, SignalKind

__all__ = ["make_slug", "read_tables", "write_table"]

HEADER = ("#", "Question", "Good answer signal", "Weak answer signal → probe", "SA insight")
_RULE = ("---", "----------", "--------------------", "---------------------------", "------------")
_CELL_END = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_ID = re.compile(r"<!--\s*id:\s*(\S+)\s*-->")
_TABLE_END = re.compile(r"\s*(#{1,6}\s|[<>`*-]|$)")
_PROBE = re.compile(r"(?P<weak>.*\S)\s+Ask:\s*\*(?P<probe>(?:[^*\\]|\\.)+)\*")
# Weak signals are quoted sayings: "We reload it" or "We never checked".
_WEAK_END = re.compile(r"(?<=[\"”] or) (?=[\"“])")
_BREAK = re.compile(r"\s*(?<!\\)<br\s*/?>\s*", re.IGNORECASE)

_Line = tuple[int, str]


@dataclass(frozen=True)
class _Heading:
    """The title above a table, with the id and the goal that follow it."""

    title: str = ""
    identity: str = ""
    goal: str = ""

    def after(self, line: str) -> "_Heading":
        """Give the heading as it is after one more line."""
        line = line.strip()
        if found := _HEADING.fullmatch(line):
            return _Heading(found[1])
        if found := _ID.fullmatch(line):
            return replace(self, identity=found[1])
        if line.startswith("**Goal:**"):
            return replace(self, goal=line.removeprefix("**Goal:**"))
        return self


@dataclass(frozen=True)
class _Cell:
    text: str
    column: int


def read_tables(text: str, *, file: str = "", playbook_id: str | None = None) -> list[Playbook]:
    """Read every playbook table of a Markdown text, each with the nearest heading and goal above.

    The id comes from the heading ("Playbook 1 — Data Engineering Spike" is `data-engineering`)
    unless `playbook_id` or a comment under the heading, `<!-- id: spike -->`, names it. Raises
    PlaybookError with line and column.
    """
    playbooks = [
        _read_playbook(table, heading, file, playbook_id)
        for heading, table in _split_tables(text, file)
    ]
    if not playbooks:
        raise PlaybookError(f"no table found; its header is | {' | '.join(HEADER)} |", file=file)
    if playbook_id and len(playbooks) > 1:
        raise PlaybookError(f"--id names one playbook, but there are {len(playbooks)}", file=file)
    ids = [playbook.id for playbook in playbooks]
    if len(set(ids)) < len(ids):
        raise PlaybookError(f"two tables would both become {ids}; change a heading", file=file)
    return playbooks


def write_table(playbook: Playbook) -> str:
    """Write a playbook as heading, goal and table; `read_tables` reads it back unchanged.

    Raises PlaybookError for a playbook that would not come back the same: a table numbers the
    signals good.1, good.2..., weak.1... and cannot hold another order.
    """
    is_implied = make_slug(playbook.title) == playbook.id
    identity = [] if is_implied else [f"<!-- id: {playbook.id} -->", ""]
    goal = [f"**Goal:** {playbook.goal}", ""] if playbook.goal else []
    rule = f"|{'|'.join(_RULE)}|"
    rows = [_write_row(HEADER), rule, *map(_write_question, playbook.questions)]
    text = "\n".join([f"## {playbook.title}", "", *identity, *goal, *rows]) + "\n"
    if read_tables(text) != [playbook]:
        raise PlaybookError(
            f"{playbook.id} fits no table; number its signals good.1, good.2..., weak.1... in order"
        )
    return text


def make_slug(title: str) -> str:
    """Make a playbook id of a heading: lower case, joined by hyphens."""
    # Authors head a table "Playbook 1 — Data Engineering Spike"; the id is only `data-engineering`.
    name = re.sub(r"^playbook\s+\d+\s*[—–:-]\s*", "", title.strip(), flags=re.IGNORECASE)
    name = re.sub(r"\s+spike$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _split_tables(text: str, file: str) -> Iterator[tuple[_Heading, list[_Line]]]:
    """Yield the lines of each table, numbered from 1, with the heading above it."""
    heading, table, in_code = _Heading(), list[_Line](), False
    for number, line in enumerate([*text.replace("\r\n", "\n").split("\n"), ""], 1):
        if table and not _TABLE_END.match(line):
            if not line.lstrip().startswith("|"):
                message = "a row starts with |; leave an empty line after the table"
                raise PlaybookError(message, file=file, line=number, column=1)
            table.append((number, line))
            continue
        if table:
            yield heading, table
            table = []
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code:
            heading = heading.after(line)
            table = [(number, line)] if line.lstrip().startswith("|") else []


def _read_questions(rows: list[_Line], file: str) -> Iterator[Question]:
    line, header = rows[0]
    for cell, name in zip_longest(_split_cells(header), HEADER):
        if cell is None or cell.text != name:
            message = f"the header must be | {' | '.join(HEADER)} |"
            raise PlaybookError(message, file=file, line=line, column=cell.column if cell else 0)
    if len(rows) < 2 or not re.fullmatch(r"[\s|:-]*-[\s|:-]*", rows[1][1]):
        message = "a rule such as |---|---| follows the header"
        raise PlaybookError(message, file=file, line=line + 1, column=1)
    if len(rows) < 3:
        raise PlaybookError("the table has no questions", file=file, line=line)
    lines: dict[int, int] = {}
    for number, row in rows[2:]:
        cells = _split_cells(row)
        question = _read_question(cells, file, number)
        if earlier := lines.get(question.number):
            message = f"question {question.number} stands in line {earlier} already"
            raise PlaybookError(message, file=file, line=number, column=cells[0].column)
        lines[question.number] = number
        yield question


def _read_question(cells: list[_Cell], file: str, line: int) -> Question:
    def fault(message: str, at: _Cell) -> PlaybookError:
        return PlaybookError(message, file=file, line=line, column=at.column)

    if len(cells) != len(HEADER):
        raise fault(
            f"{len(cells)} cells, not the header's {len(HEADER)}; write a | inside a cell as \\|",
            cells[: len(HEADER) + 1][-1],
        )
    for cell, name in zip(cells, HEADER, strict=True):
        if not cell.text:
            raise fault(f"the cell {name!r} is empty", cell)
    number, text, good, weak, insight = cells
    if not re.fullmatch(r"[1-9][0-9]{0,5}", number.text):
        raise fault(f"the question number is {number.text!r}; write 1, 2, 3...", number)
    probed = _PROBE.fullmatch(weak.text)
    if probed is None:
        raise fault("the weak cell must end with its probe: Ask: *Which...?*", weak)
    try:
        return Question(
            number=int(number.text),
            text=text.text,
            signals=(
                *_read_signals(SignalKind.GOOD, good.text, _split_good),
                *_read_signals(SignalKind.WEAK, probed["weak"], _WEAK_END.split),
            ),
            probe=re.sub(r"\\([*\\])", r"\1", probed["probe"]),
            insight=insight.text,
        )
    except ValidationError as error:
        raise fault(_describe_fault(error), number) from error


def _read_signals(
    kind: SignalKind, column: str, split: Callable[[str], list[str]]
) -> tuple[Signal, ...]:
    return tuple(
        Signal(id=f"{kind}.{number}", wording=wording)
        for number, wording in enumerate(_cut_wordings(column, split), 1)
    )


def _cut_wordings(column: str, split: Callable[[str], list[str]]) -> list[str]:
    """Cut a column into its signals: at each `<br>`, or by its punctuation if there is none."""
    parts = _BREAK.split(column) if _BREAK.search(column) else split(column)
    return [re.sub(r"\\(<br\s*/?>)", r"\1", part, flags=re.IGNORECASE) for part in parts if part]


def _split_good(column: str) -> list[str]:
    """Cut after each semicolon outside brackets and code, or after each comma if there is none."""
    for separator in ";", ",":
        ends = [end for end in _find_ends(column, separator) if column[end : end + 1] == " "]
        if ends:
            starts = [0, *(end + 1 for end in ends)]
            return [column[a:b] for a, b in zip(starts, [*ends, len(column)], strict=True)]
    return [column]


def _find_ends(text: str, separator: str) -> Iterator[int]:
    """Find the places after each separator that is outside brackets, quotes and code."""
    depth, closing = 0, ""
    for place, character in enumerate(text):
        if closing:
            closing = "" if character == closing else closing
        elif character in '`"':
            closing = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == separator and depth == 0:
            yield place + 1


def _split_cells(row: str) -> list[_Cell]:
    """Split a row into cells: white space trimmed, `\\|` undone, columns counted from 1."""
    cells, start = [], row.index("|") + 1
    ends = [match.start() for match in _CELL_END.finditer(row, start)]
    if not ends or ends[-1] < len(row.rstrip()) - 1:
        ends.append(len(row))
    for end in ends:
        raw = row[start:end]
        padding = len(raw) - len(raw.lstrip())
        cells.append(_Cell(raw.strip().replace("\\|", "|"), start + padding + 1))
        start = end + 1
    return cells


def _read_playbook(
    table: list[_Line], heading: _Heading, file: str, playbook_id: str | None
) -> Playbook:
    line = table[0][0]
    questions = tuple(_read_questions(table, file))
    identity = playbook_id or heading.identity or make_slug(heading.title)
    if not identity:
        message = "the table has no heading to take an id from; add one or pass --id"
        raise PlaybookError(message, file=file, line=line)
    try:
        return Playbook(
            id=identity, title=heading.title or identity, goal=heading.goal, questions=questions
        )
    except ValidationError as error:
        raise PlaybookError(_describe_fault(error), file=file, line=line) from error


def _describe_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    reason = fault["msg"].removeprefix("Value error, ")
    return ": ".join([*map(str, fault["loc"][:1]), reason])


def _write_question(question: Question) -> str:
    good = _write_column(question, SignalKind.GOOD, _split_good)
    weak = _write_column(question, SignalKind.WEAK, _WEAK_END.split)
    probe = re.sub(r"\\(?=[*\\]|$)|\*", r"\\\g<0>", question.probe)
    return _write_row(
        (str(question.number), question.text, good, f"{weak} Ask: *{probe}*", question.insight)
    )


def _write_column(question: Question, kind: SignalKind, split: Callable[[str], list[str]]) -> str:
    """Write a column as its author did, or with `<br>` between signals if need be."""
    written = question.column(kind)
    wordings = [signal.wording for signal in question.of_kind(kind)]
    if _cut_wordings(written, split) == wordings:
        return written
    escaped = [re.sub(r"<br\s*/?>", r"\\\g<0>", w, flags=re.IGNORECASE) for w in wordings]
    return " <br> ".join([*escaped, ""] if len(escaped) == 1 else escaped)


def _write_row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
