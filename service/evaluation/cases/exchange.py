"""Write cases for other tools and read them back unchanged: JSON lines, CSV, promptfoo."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from service.evaluation.cases.case import Case, CaseError
from service.evaluation.cases.csv_cases import read_csv, write_csv
from service.evaluation.cases.promptfoo import read_tests, write_tests
from service.records import first_fault

__all__ = ["FileFormat", "read_cases", "write_cases"]


class FileFormat(StrEnum):
    """The format of a file of cases."""

    JSONL = "jsonl"
    CSV = "csv"
    PROMPTFOO = "promptfoo"


_SUFFIXES = {
    ".jsonl": FileFormat.JSONL,
    ".csv": FileFormat.CSV,
    ".yaml": FileFormat.PROMPTFOO,
    ".yml": FileFormat.PROMPTFOO,
}


def write_cases(cases: Sequence[Case], file: Path, file_format: FileFormat | None = None) -> None:
    """Write the cases as UTF-8, in the given format or else the one that the file's suffix names.

    CSV begins with a byte order mark, because Excel takes it for another encoding without one.
    Raises CaseError if the file can't be written, or if its suffix names no format.
    """
    form = _FORMS[file_format or _find_format(file)]
    try:
        file.write_bytes(form.write(cases).encode(form.encoding))
    except OSError as error:
        raise CaseError(f"{file}: can't be written: {error}") from error


def read_cases(file: Path, file_format: FileFormat | None = None) -> list[Case]:
    """Read the cases in the order of the file.

    CaseError names the file, its line or case, and the fault. Golden files are not for exchange:
    `read_golden` reads them.
    """
    form = _FORMS[file_format or _find_format(file)]
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{file}: can't be read: {error}; it has to be UTF-8") from error
    return [_make_case(content, location) for location, content in form.read(text, str(file))]


def _find_format(file: Path) -> FileFormat:
    try:
        return _SUFFIXES[file.suffix.lower()]
    except KeyError:
        raise CaseError(
            f"{file}: what format is {file.suffix or 'no suffix'}? "
            f"Name one of {', '.join(FileFormat)}, or end the name with {', '.join(_SUFFIXES)}"
        ) from None


def _make_case(content: object, location: str) -> Case:
    try:
        return Case.model_validate(content)
    except ValidationError as error:
        raise CaseError(f"{location}: {first_fault(error)}") from error


def _write_lines(cases: Iterable[Case]) -> str:
    return "".join(f"{case.model_dump_json(exclude_defaults=True)}\n" for case in cases)


def _read_lines(text: str, file: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield f"{file}:{number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                raise CaseError(f"{file}:{number}: no JSON: {error}") from error


@dataclass(frozen=True)
class _Form:
    write: Callable[[Iterable[Case]], str]
    read: Callable[[str, str], Iterator[tuple[str, object]]]
    encoding: str = "utf-8"


_FORMS = {
    FileFormat.JSONL: _Form(_write_lines, _read_lines),
    FileFormat.CSV: _Form(write_csv, read_csv, encoding="utf-8-sig"),
    FileFormat.PROMPTFOO: _Form(write_tests, read_tests),
}
