"""Cases to and from the files of other tools; what is written is read back unchanged."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from service.evaluation.cases.case import Case, CaseError
from service.evaluation.cases.csv_cases import read_table, write_table
from service.evaluation.cases.promptfoo import read_tests, write_tests
from service.records import first_fault

__all__ = ["FileFormat", "read_cases_from", "write_cases"]


class FileFormat(StrEnum):
    """What a file of cases looks like."""

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
    """Write the cases, UTF-8, in the format named or that of the file's suffix.

    CSV begins with a byte order mark, without which Excel takes it for another encoding. Raises
    CaseError where the file can't be written or its suffix says nothing.
    """
    form = _FORMS[file_format or _format_of(file)]
    try:
        file.write_bytes(form.write(cases).encode(form.encoding))
    except OSError as error:
        raise CaseError(f"{file}: can't be written: {error}") from error


def read_cases_from(file: Path, file_format: FileFormat | None = None) -> list[Case]:
    """Cases in the order of the file; CaseError names the file, its line or case and the fault.

    Golden files are no exchange format: `read_golden` reads them.
    """
    form = _FORMS[file_format or _format_of(file)]
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{file}: can't be read: {error}; it has to be UTF-8") from error
    return [_case(content, place) for place, content in form.read(text, str(file))]


def _format_of(file: Path) -> FileFormat:
    try:
        return _SUFFIXES[file.suffix.lower()]
    except KeyError:
        raise CaseError(
            f"{file}: what format is {file.suffix or 'no suffix'}? "
            f"Name one of {', '.join(FileFormat)}, or end the name with {', '.join(_SUFFIXES)}"
        ) from None


def _case(content: object, place: str) -> Case:
    try:
        return Case.model_validate(content)
    except ValidationError as error:
        raise CaseError(f"{place}: {first_fault(error)}") from error


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
    FileFormat.CSV: _Form(write_table, read_table, encoding="utf-8-sig"),
    FileFormat.PROMPTFOO: _Form(write_tests, read_tests),
}
