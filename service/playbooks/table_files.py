"""Read playbooks from a file of tables: Markdown, CSV or Excel, told apart by the content."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from service.errors import PlaybookError, UnreadableTables
from service.playbooks.columns import HEADER
from service.playbooks.csv_tables import find_csv_tables
from service.playbooks.findings import Finding, Findings
from service.playbooks.markdown_tables import find_tables
from service.playbooks.models import Playbook
from service.playbooks.table import Table
from service.playbooks.table_questions import make_slug, read_playbook
from service.playbooks.workbooks import find_sheet_tables

__all__ = ["LARGEST_FILE", "ReadTables", "read_playbooks", "read_table_file"]

LARGEST_FILE = 5_000_000
_SHEETS = {".csv", ".tsv"}
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class ReadTables:
    """The playbooks of a file, what was assumed in it, and what can't be read.

    There is no playbook if there is a fault.
    """

    playbooks: tuple[Playbook, ...]
    assumptions: tuple[Finding, ...]
    faults: tuple[Finding, ...]

    def check(self, *, strict: bool = False) -> None:
        """Raise UnreadableTables, which names each fault; if strict, each assumption too."""
        found = [*self.faults, *(self.assumptions if strict else ())]
        if found:
            ordered = sorted(found, key=lambda f: (f.sheet or "", f.line == 0, f.line, f.column))
            raise UnreadableTables([finding.as_error() for finding in ordered])


def read_table_file(file: Path, playbook_id: str | None = None) -> ReadTables:
    """Read the playbooks of a Markdown, CSV or Excel file, and note what was assumed.

    Raises OSError if the file can't be opened; everything else is in what it gives back.
    """
    findings = Findings(str(file))
    with file.open("rb") as stream:
        data = stream.read(LARGEST_FILE + 1)
    try:
        tables = _find_tables(data, file, findings)
        playbooks = read_playbooks(tables, findings, playbook_id)
    except PlaybookError as error:  # the file as a whole
        findings.refuse(error.message, error.line, error.column)
        playbooks = []
    return ReadTables(
        tuple([] if findings.faults else playbooks), findings.assumptions, findings.faults
    )


def read_playbooks(
    tables: Sequence[Table], findings: Findings, playbook_id: str | None = None
) -> list[Playbook]:
    """Read tables of one file as playbooks of different ids, and note every fault."""
    read = [read_playbook(_name_table(table, playbook_id), playbook_id) for table in tables]
    playbooks = [playbook for playbook in read if playbook]
    if not tables and not findings.faults:
        passed = "; ".join(f"line {note.line}: {note.message}" for note in findings.assumptions)
        reason = f" ({passed})" if passed else ""
        findings.refuse(f"no table found; its header is | {' | '.join(HEADER)} |{reason}"[:1000])
    if playbook_id and len(tables) > 1:
        findings.refuse(f"--id names one playbook, but there are {len(tables)}")
    ids = [playbook.id for playbook in playbooks]
    if len(set(ids)) < len(ids) and not playbook_id:
        findings.refuse(f"two tables would both become {ids}; change a heading")
    return playbooks


def _name_table(table: Table, playbook_id: str | None) -> Table:
    """Give a table without a heading the title that the file's name makes."""
    if playbook_id or table.identity or make_slug(table.title):
        return table
    stem = Path(table.findings.file).stem
    if not make_slug(stem):
        return table
    line = table.header[0].line
    table.findings.assume(f"the id {make_slug(stem)!r} is taken from the file's name", line, 1)
    return replace(table, title=table.title or stem, identity=make_slug(stem))


def _find_tables(data: bytes, file: Path, findings: Findings) -> list[Table]:
    if len(data) > LARGEST_FILE:
        raise PlaybookError(f"larger than {LARGEST_FILE // 1_000_000} MB; a playbook is smaller")
    if data.startswith(_ZIP):
        return list(find_sheet_tables(data, findings))
    if data.startswith(_OLD_EXCEL):
        raise PlaybookError("an old or encrypted Excel file; save it as .xlsx without a password")
    text = _decode(data, findings)
    if file.suffix.lower() in _SHEETS:
        return list(find_csv_tables(text, findings))
    if file.suffix.lower() in {".xlsx", ".xlsm", ".xls", ".ods"}:
        raise PlaybookError("not an Excel file, whatever its name says; save it as .xlsx")
    return list(find_tables(text, findings))


def _decode(data: bytes, findings: Findings) -> str:
    """Decode UTF-8, or UTF-16 with its mark, or else Windows' Western code page, and say so."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise PlaybookError(
                f"not UTF-8 text: {error.reason}", line=line, column=column
            ) from error
        findings.assume("not UTF-8, so it is read as Windows-1252", line, column)
    if found := _CONTROLS.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise PlaybookError(f"not a text file: it holds the character {found[0]!r}", line=line)
    return text
