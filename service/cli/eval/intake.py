"""`probewise eval intake`."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from service.cli.console import errors, say, show
from service.cli.eval.options import ModelOption, PromptOption, check_each, eval_parts
from service.cli.options import JudgeOption
from service.evaluation.cases.case import ChosenSplit
from service.evaluation.intake.found_answers import SourceResult
from service.evaluation.intake.intake_report import (
    SOURCE_HEAD,
    IntakeReport,
    check_intake_suffix,
    make_head,
    make_rows,
    make_source_rows,
    measure_groups,
    write_intake_report,
)
from service.evaluation.intake.labelled_sources import LabelledSource, read_sources
from service.evaluation.intake.measure_sources import measure_sources
from service.evaluation.runs.run_folder import find_code_version
from service.wiring import Parts

__all__ = ["intake"]


def intake(
    context: typer.Context,
    judge: JudgeOption = None,
    model: ModelOption = None,
    prompt: PromptOption = None,
    split: Annotated[
        ChosenSplit,
        typer.Option(help="Which sources; the embedded assigner is fitted on dev."),
    ] = "test",
    sources: Annotated[
        Path, typer.Option(help="Folder of labelled sources.", file_okay=False)
    ] = Path("evals/intake"),
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="Report to write: .md or .json; may be given several times.",
            dir_okay=False,
            callback=check_each(check_intake_suffix),
        ),
    ] = None,
) -> None:
    """Measure how well answers are found in notes and calls, and graded once they are found.

    Each source is read, assigned and graded as `probewise notes` and `probewise transcript` do it.
    The labelled lines are graded too, which shows which of the two stages errs. Exit code 0: every
    answer found was graded; 1: some stayed ungraded; 2: nothing could be measured.

    Example: `probewise eval intake --judge embedded -o intake.md`
    """
    parts = eval_parts(context, judge, model, prompt)
    chosen = read_sources(sources, split)
    key, started = parts.intake_key(chosen), datetime.now(UTC)
    results = asyncio.run(_measure(chosen, parts))
    report = IntakeReport(
        key=key,
        split=split,
        started_at=started,
        code_version=find_code_version(),
        figures=measure_groups(results),
        results=tuple(results),
    )
    show(_show_report(report))
    for file in output or ():
        write_intake_report(report, file)
        say(f"wrote {file}")
    if report.figures["together"].ungraded:
        raise typer.Exit(1)


async def _measure(sources: Sequence[LabelledSource], parts: Parts) -> list[SourceResult]:
    """Measure every source, with a bar that shows which one is being read."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=errors, transient=True)
    async with parts:
        with progress:
            bar = progress.add_task("", total=len(sources))
            return await measure_sources(
                sources,
                parts.unstored_passages,
                on_begin=lambda source: progress.update(bar, description=source.gold.id),
                on_end=lambda source: progress.advance(bar),
            )


def _show_report(report: IntakeReport) -> RenderableType:
    """Make tables of the figures and of each source."""
    judge = " ".join((report.key.judge, *report.key.models))
    return Group(
        Text(f"intake, {report.split} split, {judge}", style="bold"),
        _make_table(make_head(report.figures), make_rows(report.figures)),
        Text(),
        _make_table(SOURCE_HEAD, make_source_rows(report.results)),
    )


def _make_table(head: Iterable[str], body: Iterable[Iterable[str]]) -> Table:
    table = Table(*head, box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for row in body:
        table.add_row(*map(Text, row))
    return table
