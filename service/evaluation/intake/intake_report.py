"""Report how well answers are found and graded: figures, and what went wrong in each source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from service.errors import ConfigurationError
from service.evaluation.cases.case import ChosenSplit
from service.evaluation.intake.found_answers import IntakeFigures, SourceResult, measure_intake
from service.evaluation.reports.report_files import ReportFiles
from service.evaluation.runs.run import RunKey
from service.records import Frozen, first_fault

__all__ = [
    "SOURCE_HEAD",
    "IntakeReport",
    "check_intake_suffix",
    "make_head",
    "make_rows",
    "make_source_rows",
    "measure_groups",
    "read_intake_report",
    "write_intake_report",
]

SOURCE_HEAD = ("source", "line F1", "what went wrong")


class IntakeReport(Frozen):
    """The key of a measurement, its figures, and the result of each source they follow from."""

    schema_version: Literal[1] = 1
    key: RunKey
    split: ChosenSplit
    started_at: datetime
    code_version: str
    figures: Mapping[str, IntakeFigures]
    results: tuple[SourceResult, ...]


def measure_groups(results: Sequence[SourceResult]) -> dict[str, IntakeFigures]:
    """Measure all sources together, then those of each kind; ConfigurationError without results."""
    if not results:
        raise ConfigurationError("no source was read, so there is nothing to measure")
    kinds = {
        "notes": [result for result in results if result.gold.kind == "notes"],
        "calls": [result for result in results if result.gold.kind == "transcript"],
    }
    groups = {"together": results, **{name: own for name, own in kinds.items() if own}}
    return {name: measure_intake(own) for name, own in groups.items()}


def make_head(figures: Mapping[str, IntakeFigures]) -> tuple[str, ...]:
    """Make the head of a table of figures: a column for each group, with its size."""
    return ("", *(f"{name} ({group.sources} sources)" for name, group in figures.items()))


def make_rows(figures: Mapping[str, IntakeFigures]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each figure: its label, then its text in each group."""
    columns = [group.list_figures() for group in figures.values()]
    for row in zip(*columns, strict=True):
        yield (row[0].label, *(figure.text for figure in row))


def make_source_rows(results: Sequence[SourceResult]) -> Iterator[tuple[str, ...]]:
    """Yield a row under SOURCE_HEAD for each source, the worst first."""
    for result in sorted(results, key=lambda result: result.line_f1):
        yield (result.gold.id, f"{result.line_f1:.2f}", "; ".join(_list_faults(result)))


def read_intake_report(file: Path) -> IntakeReport:
    """Read a report that was written as JSON; ConfigurationError if it can't be read."""
    try:
        return IntakeReport.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: can't be read: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{file}: no report: {first_fault(error)}") from error


def _list_faults(result: SourceResult) -> Iterator[str]:
    gold = {answer.question_id: answer.verdict for answer in result.gold.answers}
    yield from (f"{name} missed" for name in result.missed)
    yield from (f"{name} wrongly added" for name in result.added)
    for found in result.found:
        expected = gold.get(found.question_id)
        if found.question_id not in result.added and found.verdict is not expected:
            yield f"{found.question_id} {found.verdict or 'ungraded'}, not {expected}"


def _render_json(report: IntakeReport) -> str:
    return report.model_dump_json(indent=2) + "\n"


def _render_markdown(report: IntakeReport) -> str:
    judge = " ".join(report.key.models)
    lines = [
        f"## Intake, {report.split} split, {report.key.judge} judge ({judge})",
        "",
        *_write_table(make_head(report.figures), make_rows(report.figures)),
        "",
        *_write_table(SOURCE_HEAD, make_source_rows(report.results)),
    ]
    return "\n".join(lines) + "\n"


def _write_table(head: Sequence[str], body: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in body)


_FILES = ReportFiles[IntakeReport]({".json": _render_json, ".md": _render_markdown})
check_intake_suffix, write_intake_report = _FILES.check, _FILES.write
