"""A measurement of intake, told to people and to machines: JSON and Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from service.errors import ConfigurationError
from service.evaluation.intake.found_answers import IntakeFigures, SourceResult, measure_intake
from service.evaluation.reports.report import interval
from service.evaluation.reports.writing import Writing
from service.evaluation.runs.run import Key
from service.records import Frozen, first_fault

__all__ = [
    "IntakeReport",
    "check_intake_suffix",
    "figures_of",
    "headings",
    "read_intake_report",
    "rows",
    "source_rows",
    "write_intake_report",
]

SOURCE_HEAD = ("source", "line F1", "what went wrong")


class IntakeReport(Frozen):
    """What was measured with what, and every source's result, from which all figures follow."""

    key: Key
    split: Literal["dev", "test", "all"]
    started_at: datetime
    code_version: str
    figures: Mapping[str, IntakeFigures]
    results: tuple[SourceResult, ...]


def figures_of(results: Sequence[SourceResult]) -> dict[str, IntakeFigures]:
    """Together, then of each kind that there is; ConfigurationError of no result."""
    if not results:
        raise ConfigurationError("no source was read, so there is nothing to measure")
    kinds = {
        "notes": [result for result in results if result.gold.kind == "notes"],
        "calls": [result for result in results if result.gold.kind == "transcript"],
    }
    groups = {"together": results, **{name: own for name, own in kinds.items() if own}}
    return {name: measure_intake(own) for name, own in groups.items()}


def headings(figures: Mapping[str, IntakeFigures]) -> tuple[str, ...]:
    """The head of a table of figures: a column for each group, with its size."""
    return ("", *(f"{name} ({group.sources} sources)" for name, group in figures.items()))


def rows(figures: Mapping[str, IntakeFigures]) -> Iterator[tuple[str, ...]]:
    """The rows of a table of figures, a column for each group."""
    groups = figures.values()
    yield ("labelled answers", *(str(group.answers) for group in groups))
    yield ("lines F1", *(interval(group.lines.f1) for group in groups))
    yield ("lines precision", *(interval(group.lines.precision) for group in groups))
    yield ("lines recall", *(interval(group.lines.recall) for group in groups))
    yield ("questions F1", *(interval(group.questions.f1) for group in groups))
    yield ("questions precision", *(interval(group.questions.precision) for group in groups))
    yield ("questions recall", *(interval(group.questions.recall) for group in groups))
    yield ("right end to end", *(interval(group.verdicts) for group in groups))
    yield ("right of those found", *(interval(group.verdicts_of_found) for group in groups))
    yield ("right given the lines", *(interval(group.verdicts_given_lines) for group in groups))
    yield ("ungraded", *(str(group.ungraded) for group in groups))


def source_rows(results: Sequence[SourceResult]) -> Iterator[tuple[str, ...]]:
    """A row under SOURCE_HEAD for each source, the worst first."""
    for result in sorted(results, key=lambda result: result.line_f1):
        yield (result.gold.id, f"{result.line_f1:.2f}", "; ".join(_faults(result)))


def _faults(result: SourceResult) -> Iterator[str]:
    gold = {answer.question_id: answer.verdict for answer in result.gold.answers}
    yield from (f"{name} missed" for name in result.missed)
    yield from (f"{name} wrongly added" for name in result.added)
    for found in result.found:
        expected = gold.get(found.question_id)
        if found.question_id not in result.added and found.verdict is not expected:
            yield f"{found.question_id} {found.verdict or 'ungraded'}, not {expected}"


def read_intake_report(file: Path) -> IntakeReport:
    """A report written as JSON; ConfigurationError where it can't be read."""
    try:
        return IntakeReport.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: can't be read: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{file}: no report: {first_fault(error)}") from error


def _json(report: IntakeReport) -> str:
    return report.model_dump_json(indent=2) + "\n"


def _markdown(report: IntakeReport) -> str:
    judge = " ".join(report.key.models)
    lines = [
        f"## Intake, {report.split} split, {report.key.judge} judge ({judge})",
        "",
        *_table(headings(report.figures), rows(report.figures)),
        "",
        *_table(SOURCE_HEAD, source_rows(report.results)),
    ]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], body: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in body)


_WRITING = Writing[IntakeReport]({".json": _json, ".md": _markdown})
check_intake_suffix, write_intake_report = _WRITING.check, _WRITING.write
