"""Find playbook tables among the rows of a sheet: titles above them, rows of nothing between."""

from collections.abc import Iterator, Sequence

from service.playbooks.cell_marks import reveal_line
from service.playbooks.columns import HEADER, match_columns, missing_columns
from service.playbooks.findings import Findings
from service.playbooks.probes import strip_emphasis
from service.playbooks.table import Cell, Table

__all__ = ["find_row_tables"]

_WIDEST = 200


def find_row_tables(
    rows: Sequence[list[Cell]], findings: Findings, title: str = ""
) -> Iterator[Table]:
    """Yield a table for each row that is a playbook's header.

    The last row above it that has one cell is its title, or else `title` is. A row may have more
    cells than its header; the caller says what that means.
    """
    filled = [row[:_WIDEST] for row in rows if any(cell.text for cell in row[:_WIDEST])]
    starts = [at for at, row in enumerate(filled) if _is_header(row)]
    if not starts:
        if filled:
            message = f"a sheet is passed over: it has no header | {' | '.join(HEADER)} |"
            findings.assume(message, filled[0][0].line, filled[0][0].column)
        return
    above = 0
    for start, end in zip(starts, [*starts[1:], len(filled)], strict=True):
        # The rows of one cell right above the next header are that table's.
        stop = end
        while stop > start + 1 and end < len(filled) and _only_cell(filled[stop - 1]):
            stop -= 1
        heading, goal = _read_heading(filled[above:start], findings)
        yield _make_table(filled[start:stop], findings, heading or title, goal)
        above = stop


def _is_header(row: Sequence[Cell]) -> bool:
    """Tell whether a row is a header, or meant to be one: then what is missing is a fault."""
    return len(missing_columns(match_columns([cell.text for cell in row]))) <= 1


def _only_cell(row: Sequence[Cell]) -> Cell | None:
    filled = [cell for cell in row if cell.text]
    return filled[0] if len(filled) == 1 else None


def _read_heading(rows: Sequence[Sequence[Cell]], findings: Findings) -> tuple[str, str]:
    """Read title and goal from the rows above a header."""
    title, goal = "", ""
    for row in rows:
        if not (cell := _only_cell(row)):
            continue
        words = reveal_line(strip_emphasis(cell.text.lstrip("# "))).strip()
        if words.replace("*", "").lower().startswith("goal:"):
            goal = words.replace("*", "")[len("goal:") :].strip()
            findings.assume("this row is read as the goal", cell.line, cell.column)
        elif words:
            title = words
            findings.assume("this row is read as the title", cell.line, cell.column)
    return title, goal


def _make_table(rows: Sequence[list[Cell]], findings: Findings, title: str, goal: str) -> Table:
    header, *body = rows
    while not header[-1].text:
        header = header[:-1]
    width = len(header)
    questions = []
    for row in body:
        line, column = row[0].line, row[0].column
        missing = [
            Cell("", line, column + place, is_in_text=False) for place in range(len(row), width)
        ]
        if any(cell.text for cell in row):
            questions.append([*row, *missing])
    return Table(header, questions, findings, title=title, goal=goal)
