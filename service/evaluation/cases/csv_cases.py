"""Cases as a CSV table that a spreadsheet opens and saves without running or losing anything."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from service.escaping import FORMULA
from service.evaluation.cases.case import Case, CaseError

__all__ = ["COLUMNS", "read_table", "write_table"]

COLUMNS = tuple(Case.model_fields)
_LONGEST_CELL = 32_767  # characters; Excel cuts what is longer
_OPTIONAL = {name for name, field in Case.model_fields.items() if not field.is_required()}


def write_table(cases: Iterable[Case]) -> str:
    """A line for each case under the line of COLUMNS; signals are JSON, lines end with CR LF.

    Raises CaseError where a cell would be longer than spreadsheets keep.
    """
    stream = io.StringIO(newline="")
    table = csv.writer(stream)
    table.writerow(COLUMNS)
    for case in cases:
        content = case.model_dump(mode="json", exclude_defaults=True)
        if "signals" in content:
            content["signals"] = json.dumps(content["signals"], ensure_ascii=False)
        cells = [FORMULA.put(content.get(name, "")) for name in COLUMNS]
        if too_long := [n for n, c in zip(COLUMNS, cells, strict=True) if len(c) > _LONGEST_CELL]:
            raise CaseError(
                f"case {case.id}: {', '.join(too_long)} has over {_LONGEST_CELL:,} characters, "
                "the most that a spreadsheet's cell keeps; choose another format"
            )
        table.writerow(cells)
    return stream.getvalue()


def read_table(text: str, file: str) -> Iterator[tuple[str, dict[str, object]]]:
    """The place (file and line) and the content of each case; rows of empty cells are none.

    Columns may stand in any order, optional ones may be left out. Raises CaseError with its place.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        columns = _columns(next(rows, []), file)
        line = rows.line_num + 1
        for row in rows:
            if any(row):
                yield f"{file}:{line}", _content(columns, row, f"{file}:{line}")
            line = rows.line_num + 1
    except csv.Error as error:
        raise CaseError(f"{file}:{line}: no CSV: {error}") from error


def _columns(header: list[str], file: str) -> list[str]:
    if len(header) == 1 and ";" in header[0]:
        raise CaseError(f"{file}:1: columns are parted by semicolons; save with commas")
    unknown = [name for name in header if name not in COLUMNS]
    missing = [name for name in COLUMNS if name not in header and name not in _OPTIONAL]
    if unknown or missing or len(set(header)) < len(header):
        raise CaseError(
            f"{file}:1: the columns are {', '.join(header) or 'none'}; use {', '.join(COLUMNS)}, "
            f"each once ({', '.join(sorted(_OPTIONAL))} may be left out)"
        )
    return header


def _content(columns: list[str], row: list[str], place: str) -> dict[str, object]:
    if len(row) != len(columns):
        raise CaseError(f"{place}: {len(row)} cells for {len(columns)} columns; quote the commas")
    cells = zip(columns, map(FORMULA.take_off, row), strict=True)
    content: dict[str, object] = {n: cell for n, cell in cells if cell or n not in _OPTIONAL}
    if "signals" in content:
        try:
            content["signals"] = json.loads(str(content["signals"]))
        except (ValueError, RecursionError) as error:
            raise CaseError(f"{place}: signals: no JSON: {error}") from error
    return content
