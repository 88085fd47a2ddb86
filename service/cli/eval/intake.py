"""`probewise eval intake`."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from service.assignment.models import Assignment, can_be_evidence
from service.assignment.passages import Passage, cut_passages
from service.cli.console import console, errors, say
from service.cli.eval.options import ModelOption, PromptOption, all_pass, eval_parts
from service.cli.options import JudgeOption
from service.evaluation.cases.case import CaseError
from service.evaluation.intake.found_answers import FoundAnswer, SourceResult
from service.evaluation.intake.intake_report import (
    SOURCE_HEAD,
    IntakeReport,
    check_intake_suffix,
    figures_of,
    headings,
    rows,
    source_rows,
    write_intake_report,
)
from service.evaluation.intake.labelled_sources import LabelledSource, read_sources
from service.evaluation.runs.run import code_version
from service.grading.passage_grader import PassageGrader
from service.grading.scorecard import AUTO, GradedPassage
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Transcript
from service.wiring import Parts

__all__ = ["intake", "result_of"]


def intake(
    context: typer.Context,
    judge: JudgeOption = None,
    model: ModelOption = None,
    prompt: PromptOption = None,
    split: Annotated[
        Literal["dev", "test", "all"],
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
            callback=all_pass(check_intake_suffix),
        ),
    ] = None,
) -> None:
    """Measure how well the answers in notes and calls are found, and graded once they are.

    Each source is read, assigned and graded as `probewise notes` and `probewise transcript` do it,
    then graded once more on the labelled lines, which tells which of the two stages errs. Exit code
    0: every answer found was graded; 1: some stayed ungraded; 2: nothing could be measured.

    Example: `probewise eval intake --judge embedded -o intake.md`
    """
    parts = eval_parts(context, judge, model, prompt)
    chosen = read_sources(sources, split)
    key, started = parts.intake_key(chosen), datetime.now(UTC)
    results = asyncio.run(_measured(chosen, parts))
    report = IntakeReport(
        key=key,
        split=split,
        started_at=started,
        code_version=code_version(),
        figures=figures_of(results),
        results=tuple(results),
    )
    console.print(_shown(report))
    for file in output or ():
        write_intake_report(report, file)
        say(f"wrote {file}")
    if report.figures["together"].ungraded:
        raise typer.Exit(1)


async def result_of(source: LabelledSource, grader: PassageGrader) -> SourceResult:
    """What becomes of one source; CaseError where a label is of no turn of the customer's."""
    words = read_source(source.file.read_bytes(), name=source.file.name)
    transcript = resolve_sides(words, ours=(), customers=source.gold.customer)
    labelled, _ = cut_passages(transcript.turns, _labelled(source, transcript))
    found = await grader.find(transcript, source.gold.playbook or AUTO)
    graded = await _graded(found.passages, grader)
    return SourceResult(
        gold=source.gold,
        found=tuple(
            FoundAnswer(
                question_id=result.question_id,
                lines=tuple(moment.line for moment in result.moments if moment.line),
                verdict=result.grade and result.grade.verdict,
            )
            for result in graded
        ),
        given={
            result.question_id: result.grade and result.grade.verdict
            for result in await _graded(labelled, grader)
        },
    )


async def _measured(sources: Sequence[LabelledSource], parts: Parts) -> list[SourceResult]:
    """Every source in turn; the answers of one are graded at the same time."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, TimeRemainingColumn(), console=errors, transient=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(parts)
        bar = stack.enter_context(progress)
        task = bar.add_task("", total=len(sources))
        results = []
        for source in sources:
            bar.update(task, description=source.gold.id)
            results.append(await result_of(source, parts.unstored_passages))
            bar.advance(task)
        return results


def _labelled(source: LabelledSource, transcript: Transcript) -> Iterable[Assignment]:
    numbers = {
        turn.line: number
        for number, turn in enumerate(transcript.turns, 1)
        if can_be_evidence(turn)
    }
    for answer in source.gold.answers:
        for line in answer.lines:
            if line not in numbers:
                raise CaseError(
                    f"{source.file}: {answer.question_id}: line {line} is nothing that a customer "
                    "may have said"
                )
        turns = sorted(numbers[line] for line in answer.lines)
        yield Assignment(question_id=answer.question_id, turns=tuple(turns))


async def _graded(found: Sequence[Passage], grader: PassageGrader) -> list[GradedPassage]:
    """In the order of the passages."""
    async with aclosing(grader.grade_each(found)) as graded:
        results = {result.question_id: result async for result in graded}
    return [results[passage.question_id] for passage in found]


def _shown(report: IntakeReport) -> RenderableType:
    """The figures, then each source."""
    judge = " ".join((report.key.judge, *report.key.models))
    return Group(
        Text(f"intake, {report.split} split, {judge}", style="bold"),
        _table(headings(report.figures), rows(report.figures)),
        Text(),
        _table(SOURCE_HEAD, source_rows(report.results)),
    )


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> Table:
    table = Table(*head, box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for row in body:
        table.add_row(*map(Text, row))
    return table
