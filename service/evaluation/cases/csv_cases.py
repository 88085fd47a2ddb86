"""Cases as a CSV table.

A spreadsheet opens and saves it without running a formula in it or losing anything.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from service.escaping import FORMULA
from service.evaluation.cases.case import Case, CaseError

__all__ = ["COLUMNS", "read_csv", "write_csv"]

COLUMNS = tuple(Case.model_fields)
_LONGEST_CELL = 32_767  # characters; Excel cuts what is longer
_OPTIONAL = {name for name, field in Case.model_fields.items() if not field.is_required()}


def write_csv(cases: Iterable[Case]) -> str:
    """Write a line for each case below the line of COLUMNS; lines end with CR LF.

    Signals are JSON, and other defensible verdicts are parted by spaces.

    Raises CaseError if a cell would be longer than spreadsheets keep.
    """
    stream = io.StringIO(newline="")
    table = csv.writer(stream)
    table.writerow(COLUMNS)
    for case in cases:
        content = case.model_dump(mode="json", exclude_defaults=True)
        if "signals" in content:
            content["signals"] = json.dumps(content["signals"], ensure_ascii=False)
        if "also_defensible" in content:
            content["also_defensible"] = " ".join(content["also_defensible"])
        cells = [FORMULA.put(content.get(name, "")) for name in COLUMNS]
        if too_long := [n for n, c in zip(COLUMNS, cells, strict=True) if len(c) > _LONGEST_CELL]:
            raise CaseError(
                f"case {case.id}: {', '.join(too_long)} has over {_LONGEST_CELL:,} characters, "
                "the most that a spreadsheet's cell keeps; choose another format"
            )
        table.writerow(cells)
    return stream.getvalue()


def read_csv(text: str, file: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the location (file and line) and the content of each case; skip rows of empty cells.

    Columns may have any order, and optional ones may be missing. Raises CaseError, which names the
    location.
    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        columns = _check_header(next(rows, []), file)
        line = rows.line_num + 1
        for row in rows:
            if any(row):
                yield f"{file}:{line}", _read_row(columns, row, f"{file}:{line}")
            line = rows.line_num + 1
    except csv.Error as error:
        raise CaseError(f"{file}:{line}: no CSV: {error}") from error


def _check_header(header: list[str], file: str) -> list[str]:
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


def _read_row(columns: list[str], row: list[str], location: str) -> dict[str, object]:
    if len(row) != len(columns):
        raise CaseError(
            f"{location}: {len(row)} cells for {len(columns)} columns; quote the commas"
        )
    cells = zip(columns, map(FORMULA.take_off, row), strict=True)
    content: dict[str, object] = {n: cell for n, cell in cells if cell or n not in _OPTIONAL}
    if "also_defensible" in content:
        content["also_defensible"] = str(content["also_defensible"]).split()
    if "signals" in content:
        try:
            content["signals"] = json.loads(str(content["signals"]))
        except (ValueError, RecursionError) as error:
            raise CaseError(f"{location}: signals: no JSON: {error}") from error
    return content
