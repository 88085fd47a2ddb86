"""Turn a table's rows into the questions of a playbook, and note everything that is wrong."""

import re
from collections.abc import Iterator

from pydantic import ValidationError

from service.playbooks.cell_marks import find_escapes, reveal_line, split_breaks
from service.playbooks.columns import Column, Columns, find_columns
from service.playbooks.findings import Findings, show
from service.playbooks.models import Playbook, Question, Signal, SignalKind
from service.playbooks.probes import find_probe, read_probe
from service.playbooks.table import LONGEST_CELL, MOST_ROWS, Cell, Table
from service.playbooks.wordings import has_bullets, read_wordings

__all__ = ["make_slug", "read_playbook"]

_NUMBER = re.compile(
    r"(?:question|frage|q|no\.?|nr\.?|n°|№)?\s*[#(\[]?\s*0{0,5}([1-9][0-9]{0,5})(?:\.0{1,9})?[.):\]]?",
    re.IGNORECASE,
)
# Google Docs writes a backslash before these; our own tables have none there.
_NEEDLESSLY_ESCAPED = frozenset("-_.#+()[]{}!~=>")
_FIELDS = {
    "text": Column.QUESTION,
    "signals": Column.GOOD,
    "probe": Column.WEAK,
    "insight": Column.INSIGHT,
}


def read_playbook(table: Table, playbook_id: str | None = None) -> Playbook | None:
    """Read a table as a playbook; None after a fault, which its findings hold.

    `playbook_id` is used in place of the id that the heading or the file's name gives.
    """
    columns = find_columns(table)
    if columns is None:
        return None
    first, notes = table.header[0], table.findings
    if not table.rows and not any(fault.line > first.line for fault in notes.faults):
        notes.refuse("the table has no questions", first.line)
    if len(table.rows) > MOST_ROWS:
        row = table.rows[MOST_ROWS]
        notes.refuse(f"over {MOST_ROWS:,} rows; a playbook is shorter", row[0].line)
        return None
    rows = [_Row(columns, cells, notes) for cells in table.rows]
    questions = list(_read_questions(rows, notes))
    identity = playbook_id or table.identity or make_slug(table.title)
    if not identity:
        message = "the table has no heading to take an id from; add one or pass --id"
        notes.refuse(message, first.line)
    if notes.faults or not identity:
        return None
    try:
        return Playbook(
            id=identity,
            title=table.title or identity,
            goal=table.goal,
            questions=tuple(questions),
        )
    except ValidationError as error:
        notes.refuse(_describe(error), first.line)
        return None


def make_slug(title: str) -> str:
    """Make a playbook id of a heading: lower case, joined by hyphens."""
    # Authors head a table "Playbook 1 — Data Engineering Spike"; the id is only `data-engineering`.
    name = re.sub(r"^playbook\s+\d+\s*[—–:-]\s*", "", title.strip(), flags=re.IGNORECASE)
    name = re.sub(r"\s+spike$", "", name, flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _read_questions(rows: list["_Row"], notes: Findings) -> Iterator[Question]:
    lines: dict[int, int] = {}
    number = 0
    for row in rows:
        broken = row.check_cells()
        found = row.read_number(number + 1)
        question = row.read_question(found or number + 1, broken)
        if found is None:
            continue
        number = found
        if earlier := lines.get(number):
            message = f"question {number} stands in line {earlier} already"
            notes.refuse(message, row.line, row.column(Column.NUMBER))
        lines[number] = row.line
        if question:
            yield question


class _Row:
    """One row of a table, by the names of its columns."""

    def __init__(self, columns: Columns, cells: list[Cell], notes: Findings) -> None:
        self._columns, self._cells, self._notes = columns, cells, notes
        self.line = cells[0].line

    def column(self, column: Column) -> int:
        return self._cells[self._columns[column]].column if column in self._columns else 0

    def check_cells(self) -> set[Column]:
        """Note empty and endless cells, and escapes that are undone; give the columns at fault."""
        broken: set[Column] = set()
        for column, place in self._columns.items():
            cell = self._cells[place]
            may_be_empty = column in {Column.INSIGHT, Column.PROBE}
            if not reveal_line(cell.text).strip() and not may_be_empty:
                self._refuse(f"the cell {column.value!r} is empty", cell)
                broken.add(column)
            if len(cell.text) > LONGEST_CELL:
                self._refuse(f"the cell is longer than {LONGEST_CELL:,} characters", cell)
                broken.add(column)
            for at, mark in find_escapes(cell.text) if column is not Column.NUMBER else ():
                if mark in _NEEDLESSLY_ESCAPED:
                    self._assume(f"\\{mark} is read as {mark}", cell, at)
                    break  # one remark a cell
        insight = self._cell(Column.INSIGHT)
        if insight and not reveal_line(insight.text).strip():
            self._assume("the insight is empty", insight)
        return broken

    def read_number(self, expected: int) -> int | None:
        """Read the question's number; None after a fault."""
        cell = self._cell(Column.NUMBER)
        if cell is None:
            return expected
        shown = reveal_line(cell.text[:200]).strip("*_` \xa0")
        found = _NUMBER.fullmatch(shown)
        if found is None:
            if shown:
                message = f"the question number is {show(cell.text)}; write 1, 2, 3..."
                self._refuse(message, cell)
            return None
        if cell.text != found[1]:
            self._assume(f"{show(cell.text)} is read as {found[1]}", cell)
        return int(found[1])

    def read_question(self, number: int, broken: set[Column]) -> Question | None:
        """Read the row's question; None after a fault, or if one of its columns is broken."""
        good = self._cells[self._columns[Column.GOOD]]
        weak = None if broken & {Column.WEAK, Column.PROBE} else self._read_weak()
        if weak is None or broken - {Column.NUMBER}:
            return None
        written, probe = weak
        for kind, column in (SignalKind.GOOD, good.text), (SignalKind.WEAK, written):
            if has_bullets(column):
                cell = good if kind is SignalKind.GOOD else self._cells[self._columns[Column.WEAK]]
                self._assume("the bullets of the list are left out", cell)
        insight = self._cell(Column.INSIGHT)
        try:
            return Question(
                number=number,
                text=self._read_line(Column.QUESTION),
                signals=(
                    *_read_signals(SignalKind.GOOD, good.text),
                    *_read_signals(SignalKind.WEAK, written),
                ),
                probe=probe,
                insight=self._read_line(Column.INSIGHT) if insight else "",
            )
        except ValidationError as error:
            self._refuse_record(error)
            return None

    def _read_weak(self) -> tuple[str, str] | None:
        """Read what is written of the weak signals, and the probe's text."""
        cell, own = self._cells[self._columns[Column.WEAK]], self._cell(Column.PROBE)
        found = find_probe(cell.text)
        if own and own.text:
            if found is None:
                return cell.text, read_probe(own.text)
            self._assume("several probes are kept as one text, in their order", own)
            return found.weak, f"{found.probe} {read_probe(own.text)}"
        if found is None or not found.weak or not found.probe.strip():
            if cell.text:
                self._refuse("the weak cell must end with its probe: Ask: *Which...?*", cell)
            return None
        for assumed in found.assumed:
            self._assume(assumed, cell, found.place)
        return found.weak, found.probe

    def _read_line(self, column: Column) -> str:
        cell = self._cells[self._columns[column]]
        if len(split_breaks(cell.text)) > 1:
            self._assume("line breaks are read as spaces", cell)
        return reveal_line(cell.text)

    def _cell(self, column: Column) -> Cell | None:
        return self._cells[self._columns[column]] if column in self._columns else None

    def _refuse_record(self, error: ValidationError) -> None:
        for fault in error.errors(include_url=False):
            where = _FIELDS.get(str(fault["loc"][0])) if fault["loc"] else None
            reason = fault["msg"].removeprefix("Value error, ")
            if not where and " weak signal" in reason:
                where = Column.WEAK
            elif not where or where not in self._columns:
                where = Column.GOOD
            self._refuse(reason, self._cells[self._columns[where]])

    def _assume(self, message: str, cell: Cell, place: int = 0) -> None:
        self._notes.assume(message, cell.line, cell.column_of(place))

    def _refuse(self, message: str, cell: Cell) -> None:
        self._notes.refuse(message, cell.line, cell.column)


def _read_signals(kind: SignalKind, written: str) -> Iterator[Signal]:
    for number, wording in enumerate(read_wordings(kind, written), 1):
        yield Signal(id=f"{kind}.{number}", wording=wording)


def _describe(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    reason = fault["msg"].removeprefix("Value error, ")
    return ": ".join([*map(str, fault["loc"][:1]), reason])
