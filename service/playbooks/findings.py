"""Collect what is assumed and what is wrong while a file is read, each with its place."""

from collections.abc import Iterable

from service.errors import PlaybookError
from service.records import Frozen

__all__ = ["Finding", "Findings", "show"]


def show(text: str) -> str:
    """Quote a few words of a file in a message, without what controls a terminal."""
    short = text if len(text) <= 60 else f"{text[:59]}…"
    return "'" + "".join(mark if mark.isprintable() else " " for mark in short) + "'"


class Finding(Frozen):
    """A remark on one place of a file; `line` and `column` count from 1, and are 0 if unknown.

    In a CSV or Excel file, `column` is the cell's: 3 is column C.
    """

    file: str
    sheet: str | None = None
    line: int
    column: int
    message: str

    def as_error(self) -> PlaybookError:
        """Give the error that says the same."""
        file = f"{self.file}[{self.sheet}]" if self.sheet else self.file
        return PlaybookError(self.message, file=file, line=self.line, column=self.column)


class Findings:
    """What was assumed in a file, and what can't be read; all of it, in the file's order."""

    def __init__(self, file: str, sheet: str | None = None) -> None:
        self._file, self._sheet = file, sheet
        self._assumptions: list[Finding] = []
        self._faults: list[Finding] = []

    @property
    def file(self) -> str:
        return self._file

    @property
    def assumptions(self) -> tuple[Finding, ...]:
        return _in_order(self._assumptions)

    @property
    def faults(self) -> tuple[Finding, ...]:
        return _in_order(self._faults)

    def within(self, sheet: str) -> "Findings":
        """Give a view for one sheet, which collects into the same lists."""
        view = Findings(self._file, sheet)
        view._assumptions, view._faults = self._assumptions, self._faults
        return view

    def assume(self, message: str, line: int = 0, column: int = 0) -> None:
        """Note something that the file does not say in the form of a playbook table."""
        self._assumptions.append(self._make(message, line, column))

    def refuse(self, message: str, line: int = 0, column: int = 0) -> None:
        """Note something that can't be read, with what to change."""
        self._faults.append(self._make(message, line, column))

    def _make(self, message: str, line: int, column: int) -> Finding:
        return Finding(
            file=self._file, sheet=self._sheet, line=line, column=column, message=message
        )


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by line and column; sheets stay in their order, and what has no place comes last."""
    unique = list(dict.fromkeys(findings))
    sheets = list(dict.fromkeys(finding.sheet for finding in unique))
    return tuple(
        sorted(
            unique,
            key=lambda f: (sheets.index(f.sheet), f.line == 0, f.line, f.column),
        )
    )
