"""Define a table as it is read from a file: cells with their places, and what is above them."""

from dataclasses import dataclass

from service.playbooks.findings import Findings

__all__ = ["LONGEST_CELL", "MOST_ROWS", "Cell", "Table"]

# A playbook has tens of questions and a cell some hundred characters; files that are far larger
# are refused before they cost time or memory.
MOST_ROWS = 2_000
LONGEST_CELL = 10_000


@dataclass(frozen=True)
class Cell:
    """The written text of one cell, and its place.

    `column` counts characters of a line of text, or the columns of a sheet.
    """

    text: str
    line: int
    column: int
    is_in_text: bool = True

    def column_of(self, place: int) -> int:
        """Give the column of a character of this cell."""
        return self.column + place if self.is_in_text else self.column


@dataclass(frozen=True)
class Table:
    """One table: its header and rows, and the title, id and goal that stand above it.

    `findings` collects what is found in it; a table of a workbook names its sheet there.
    """

    header: list[Cell]
    rows: list[list[Cell]]
    findings: Findings
    title: str = ""
    identity: str = ""
    goal: str = ""
