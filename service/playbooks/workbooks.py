"""Find playbook tables in the sheets of an Excel file, which may be broken or hostile.

Nothing but the texts of cells is read. What a workbook may hold besides (macros, links to other
files, entities) is refused or never opened, and every size is bounded before memory is used.
"""

import posixpath
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from service.errors import PlaybookError
from service.playbooks.columns import match_columns
from service.playbooks.findings import Findings
from service.playbooks.sheet_rows import find_row_tables
from service.playbooks.sheet_xml import (
    Sheet,
    read_relations,
    read_sheet,
    read_strings,
    read_workbook,
)
from service.playbooks.table import Cell, Table

__all__ = ["find_sheet_tables"]

_LARGEST_PART = 20_000_000
_MOST_PARTS = 2_000
_MOST_SHEETS = 100
_PLAIN_NAME = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|planilha)\s*\d*", re.IGNORECASE)


# All that zipfile raises for a damaged archive; found by changing bytes of a sound one.
_DAMAGES = (
    BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)


def find_sheet_tables(data: bytes, findings: Findings) -> Iterator[Table]:
    """Yield the playbook tables of each sheet; PlaybookError if the file as a whole is refused."""
    with _refuse_damage():
        archive = ZipFile(BytesIO(data))
    with archive:
        yield from _Workbook(archive).find_tables(findings)


@contextmanager
def _refuse_damage() -> Iterator[None]:
    try:
        yield
    except _DAMAGES as error:
        raise PlaybookError(f"a damaged Excel file ({error}); save it anew as .xlsx") from error
    except RuntimeError as error:  # how zipfile refuses an encrypted part
        raise PlaybookError("an encrypted file; save it as .xlsx without a password") from error


class _Workbook:
    """The parts of one workbook."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._sizes = {part.filename: part.file_size for part in archive.infolist()}
        self._left = _LARGEST_PART
        if len(archive.infolist()) > _MOST_PARTS:
            raise PlaybookError(f"an archive of over {_MOST_PARTS:,} files is no playbook")
        if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in archive.infolist()):
            raise PlaybookError("packed in a way that Excel does not use; save it anew as .xlsx")
        names = {name.lower() for name in self._sizes}
        if not any(name.startswith("xl/") for name in names):
            raise PlaybookError("an archive, but no Excel file; save the table as .xlsx or .csv")
        if any(name.endswith(("vbaproject.bin", ".bas")) or "/macrosheets/" in name
               for name in names):  # fmt: skip
            raise PlaybookError("has macros; save it as .xlsx without them")
        if any("/externallinks/" in name for name in names):
            raise PlaybookError(
                "has links to other workbooks; in Excel, choose Data > Edit Links > Break Link"
            )

    def find_tables(self, findings: Findings) -> Iterator[Table]:
        relations = read_relations(self._read("xl/_rels/workbook.xml.rels"))
        sheets = read_workbook(self._read("xl/workbook.xml"))
        if len(sheets) > _MOST_SHEETS:
            raise PlaybookError(f"over {_MOST_SHEETS} sheets; copy the playbooks to a new workbook")
        parts = {ident: _find_part(relation.target) for ident, relation in relations.items()}
        shared = next((i for i, r in relations.items() if r.kind == "sharedStrings"), None)
        strings = read_strings(self._read(parts[shared])) if shared else []
        for name, ident, is_hidden in sheets:
            if ident not in parts or relations[ident].kind != "worksheet":
                continue  # a chart has a sheet of its own
            notes = findings.within(name)
            try:
                sheet = read_sheet(self._read(parts[ident]), strings)
            except PlaybookError as error:
                notes.refuse(error.message, error.line)
                continue
            title = name if len(sheets) > 1 or not _PLAIN_NAME.fullmatch(name.strip()) else ""
            for table in find_row_tables(list(_read_rows(sheet, notes)), notes, title):
                if is_hidden:
                    notes.assume("a hidden sheet is read too")
                _check_values(table, sheet)
                yield table

    def _read(self, name: str) -> bytes:
        if name not in self._sizes:
            raise PlaybookError(f"a damaged Excel file: {name} is missing; save it anew as .xlsx")
        self._left -= self._sizes[name]
        if self._left < 0:
            raise PlaybookError(
                f"holds over {_LARGEST_PART // 1_000_000} MB of cells; a playbook is smaller. "
                "Copy its tables to a new workbook"
            )
        # zipfile never gives more than the size that is counted above.
        with _refuse_damage():
            return self._archive.read(name)


def _find_part(target: str) -> str:
    """Give a part's name in the archive; a target counts from the workbook's folder."""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _read_rows(sheet: Sheet, notes: Findings) -> Iterator[list[Cell]]:
    """Give the rows as cells; cells that are merged downwards all have the value."""
    values, lines = dict(sheet.values), sorted({line for line, _ in sheet.values})
    for (top, left), (bottom, right) in sheet.merged:
        if not (value := values.get((top, left))):
            continue
        below = [line for line in lines if top < line <= bottom] if left == right else []
        values.update(((line, left), value) for line in below)
        what = "each row has its value" if below else "the first has its value"
        notes.assume(f"merged cells: {what}", top, left)
    widths: dict[int, int] = {}
    for line, column in values:
        widths[line] = max(widths.get(line, 0), column)
    for line in lines:
        yield [
            Cell(values.get((line, column), ""), line, column, is_in_text=False)
            for column in range(1, widths[line] + 1)
        ]


def _check_values(table: Table, sheet: Sheet) -> None:
    """Note the cells of a playbook's columns that have no value, and values beside the table."""
    width = len(table.header)
    known = {
        place for found in match_columns([c.text for c in table.header]).values() for place in found
    }
    for row in table.rows:
        for place, cell in enumerate(row):
            message = sheet.unusable.get((cell.line, cell.column))
            if message and place in known:
                table.findings.refuse(message, cell.line, cell.column)
            if place >= width and cell.text:
                note = "a cell in a column without a name is left out"
                table.findings.assume(note, cell.line, cell.column)
