"""Find playbook tables in CSV text, whatever its separator."""

import csv
from collections.abc import Iterator

from service.errors import PlaybookError
from service.playbooks.columns import match_columns, missing_columns
from service.playbooks.findings import Findings
from service.playbooks.sheet_rows import find_row_tables
from service.playbooks.table import MOST_ROWS, Cell, Table

__all__ = ["find_csv_tables"]

_SEPARATORS = ",;\t|"
_LONGEST_FIELD = 131_072


def find_csv_tables(text: str, findings: Findings) -> Iterator[Table]:
    """Yield the playbook tables of a CSV text; its separator is the one that gives the columns."""
    named = text[:5].lower() == "sep=" + text[4:5] and text[5:6] in "\r\n"
    separator = text[4] if named and text[4:5] else _find_separator(text)
    rows = list(_read_rows(text, separator))
    if named:  # Excel's own first line, which names the separator
        del rows[0]
    for table in find_row_tables(rows, findings):
        width = len(table.header)
        for row in table.rows:
            if over := [cell for cell in row[width:] if cell.text]:
                # A separator that is not between quotation marks moves every cell after it.
                message = (
                    f"{len(row)} cells, not the header's {width}; write a cell that holds "
                    f"{separator!r} between quotation marks"
                )
                findings.refuse(message, over[0].line, over[0].column)
        yield table


def _find_separator(text: str) -> str:
    """Give the separator whose rows have the most of a playbook's columns."""
    return max(_SEPARATORS, key=lambda separator: _count_columns(text, separator))


def _count_columns(text: str, separator: str) -> int:
    best = 0
    try:
        for number, row in enumerate(_read_rows(text, separator)):
            found = match_columns([cell.text for cell in row])
            best = max(best, len(found))
            if not missing_columns(found) or number > 50:
                break
    except PlaybookError:
        pass  # the same fault is reported for the separator that is chosen
    return best


def _read_rows(text: str, separator: str) -> Iterator[list[Cell]]:
    """Read the rows; a line break inside a cell is written as Markdown's."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = csv.reader(
        (f"{line}\n" for line in lines), delimiter=separator, strict=True, skipinitialspace=False
    )
    start, count = 1, 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = (
                f"not CSV: {error}; write a cell that holds quotation marks between quotation "
                'marks, and each mark inside it twice: "He said ""no""."'
            )
            raise PlaybookError(message, line=start) from error
        count += any(cell.strip() for cell in row)
        if count > MOST_ROWS + 100:
            raise PlaybookError(f"over {MOST_ROWS:,} rows; a playbook is shorter", line=start)
        yield [
            Cell(cell.strip().replace("\n", "<br>"), start, place, is_in_text=False)
            for place, cell in enumerate(row, 1)
        ]
        start = reader.line_num + 1
