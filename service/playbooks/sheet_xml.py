"""Read the XML parts of an Excel file: its sheets' names, shared texts and cells."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from service.errors import PlaybookError
from service.playbooks.findings import show
from service.playbooks.table import LONGEST_CELL, MOST_ROWS

__all__ = [
    "WIDEST",
    "Relation",
    "Sheet",
    "SheetName",
    "read_relations",
    "read_sheet",
    "read_strings",
    "read_workbook",
]

WIDEST = 100
_MOST_MERGES = 5_000
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# How Excel writes characters that XML can't hold; _x005F_ is an underscore before such a code.
_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")

_Start = Callable[[str, Mapping[str, str]], None]
_End = Callable[[str], None]
Place = tuple[int, int]


class Relation(NamedTuple):
    """Where a part of the file is, and what it is."""

    kind: str
    target: str


class SheetName(NamedTuple):
    """A sheet as the workbook lists it."""

    name: str
    relation: str
    is_hidden: bool


@dataclass(frozen=True)
class Sheet:
    """The cells of one sheet that hold something, by line and column, counted from 1."""

    values: dict[Place, str] = field(default_factory=dict)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    unusable: dict[Place, str] = field(default_factory=dict)


def read_relations(part: bytes) -> dict[str, Relation]:
    """Read where the workbook's parts are, by their ids."""
    relations: dict[str, Relation] = {}

    def start(name: str, values: Mapping[str, str]) -> None:
        if name == "Relationship" and values.get("TargetMode") != "External":
            kind = values.get("Type", "").rpartition("/")[2]
            relations[values.get("Id", "")] = Relation(kind, values.get("Target", ""))

    _parse(part, start)
    return relations


def read_workbook(part: bytes) -> list[SheetName]:
    """Read which sheets there are, in their order."""
    sheets: list[SheetName] = []

    def start(name: str, values: Mapping[str, str]) -> None:
        if name == "sheet":
            # The relation's id has a namespace, which the strict form of the format changes.
            relation = next((v for k, v in values.items() if k.endswith(" id")), "")
            is_hidden = values.get("state", "visible") != "visible"
            sheets.append(SheetName(values.get("name", ""), relation, is_hidden))

    _parse(part, start)
    return sheets


def read_strings(part: bytes) -> list[str]:
    """Read the texts that cells share."""
    strings: list[str] = []
    texts = _Texts()

    def end(name: str) -> None:
        texts.end(name)
        if name == "si":
            strings.append(_clean(texts.take()))

    _parse(part, texts.start, end, texts.add)
    return strings


def read_sheet(part: bytes, strings: Sequence[str]) -> Sheet:
    """Read the cells of a sheet; PlaybookError if it is broken or larger than any playbook."""
    reader = _SheetReader(strings)
    _parse(part, reader.start, reader.end, reader.texts.add)
    return reader.sheet


class _Texts:
    """Collects the text of a cell, without the reading aids of Japanese texts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._is_open, self._aids = False, 0

    def start(self, name: str, _: Mapping[str, str]) -> None:
        self._aids += name == "rPh"
        self._is_open = name in {"t", "v"} and not self._aids

    def add(self, text: str) -> None:
        if self._is_open:
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._aids -= name == "rPh"
        self._is_open = False

    def take(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text


class _SheetReader:
    """Takes the events of a sheet's XML."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.sheet, self.texts = Sheet(), _Texts()
        self._strings = strings
        self._line = self._column = self._lines = self._last = 0
        self._kind, self._is_formula = "n", False

    def start(self, name: str, values: Mapping[str, str]) -> None:
        self.texts.start(name, values)
        if name == "row":
            self._line = int(values.get("r", self._line + 1))
            self._column = 0
        elif name == "c":
            place = _read_reference(values["r"]) if "r" in values else None
            self._line, self._column = place or (self._line, self._column + 1)
            self._kind, self._is_formula = values.get("t", "n"), False
            self.texts.take()
        elif name == "f":
            self._is_formula = True
        elif name == "mergeCell":
            first, _, last = values.get("ref", "").partition(":")
            self.sheet.merged.append((_read_reference(first), _read_reference(last or first)))
            if len(self.sheet.merged) > _MOST_MERGES:
                raise PlaybookError(f"over {_MOST_MERGES:,} merged cells; a playbook has fewer")

    def end(self, name: str) -> None:
        self.texts.end(name)
        if name == "c" and self._column <= WIDEST:
            self._add_cell(self.texts.take())

    def _add_cell(self, written: str) -> None:
        place = (self._line, self._column)
        if self._kind == "e":
            self.sheet.unusable[place] = (
                f"the cell shows the error {show(written[:20])}; mend its formula"
            )
        elif self._is_formula and not written:
            message = "a formula without its value; open the file in Excel and save it"
            self.sheet.unusable[place] = message
        if text := self._read_value(written):
            if self._line != self._last:
                self._lines, self._last = self._lines + 1, self._line
            if self._lines > MOST_ROWS + 100:
                message = f"over {MOST_ROWS:,} rows; copy the playbook to a workbook of its own"
                raise PlaybookError(message, line=self._line)
            self.sheet.values[place] = text

    def _read_value(self, written: str) -> str:
        if self._kind == "s":
            return self._strings[int(written)] if written else ""
        if self._kind == "n" and written:
            number = float(written)
            is_whole = number.is_integer() and abs(number) < 1e15
            return str(int(number)) if is_whole else written.strip()
        return _clean(written)


def _parse(
    part: bytes, start: _Start, end: _End | None = None, text: Callable[[str], None] | None = None
) -> None:
    """Parse a part; the handlers get names without their namespaces."""
    parser = ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.StartElementHandler = lambda name, values: start(name.rpartition(" ")[2], values)
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    if text:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(part, True)
    except (ExpatError, ValueError, IndexError) as error:
        raise PlaybookError(f"a damaged Excel file ({error}); save it anew as .xlsx") from error


def _refuse_entities(*_: object) -> None:
    raise PlaybookError("an Excel file with XML entities, which Excel does not write; not opened")


def _read_reference(reference: str) -> Place:
    """Read a cell's name: `C4` is line 4, column 3."""
    found = _REFERENCE.fullmatch(reference.replace("$", ""))
    if found is None:
        raise ValueError(f"no cell is called {reference[:20]!r}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _clean(text: str) -> str:
    """Write a cell's text as in a Markdown table: `<br>` for each line break."""
    decoded = _CODE.sub(lambda found: chr(int(found[1], 16)), text[: LONGEST_CELL + 1])
    return decoded.replace("\r\n", "\n").replace("\r", "\n").strip().replace("\n", "<br>")
