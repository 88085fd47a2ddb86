"""`probewise grade-many`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.console import errors, say
from service.cli.options import JudgeOption, build_parts
from service.judging.batch import (
    BatchAnswer,
    BatchResult,
    MalformedLine,
    format_result,
    grade_batch,
    keep_finished,
    read_batch,
)
from service.judging.models import Ungraded
from service.wiring import Parts

__all__ = ["grade_many"]

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="IN.jsonl",
        exists=True,
        dir_okay=False,
        help='File with one {"id", "question_id", "answer"} on each line.',
    ),
]
OutputOption = Annotated[
    Path,
    typer.Option("--output", "-o", help="File to which the grades are added, one JSON line each."),
]
ConcurrencyOption = Annotated[
    int, typer.Option(min=1, max=1000, help="Number of answers graded at a time.")
]


def grade_many(
    context: typer.Context,
    source: SourceArgument,
    output: OutputOption,
    judge: JudgeOption = None,
    concurrency: ConcurrencyOption = 8,
) -> None:
    """Grade many answers; a second run grades only what is missing.

    An answer is missing as long as its id has no grade in the output. One that stayed ungraded is
    tried again; one that was changed under the same id is not. Exit code 0: all are graded; 1: a
    line is malformed or an answer stayed ungraded; 2: nothing could be done.

    Example: `probewise grade-many answers.jsonl --output grades.jsonl --judge embedded`
    """
    parts = build_parts(context, judge)
    lines = list(read_batch(source, parts.catalogue))
    bad = [line for line in lines if isinstance(line, MalformedLine)]
    for line in bad:
        say(f"{source}:{line.number}: {line.reason}")
    finished = keep_finished(output)
    todo = [line for line in lines if isinstance(line, BatchAnswer) and line.id not in finished]
    done = len(lines) - len(bad) - len(todo)
    ungraded = _grade_into(output, todo, parts, concurrency, done)
    say(
        f"{len(todo) - ungraded} graded, {done} graded before, {ungraded} ungraded, "
        f"{len(bad)} malformed: {output}"
    )
    if bad or ungraded:
        raise typer.Exit(1)


def _grade_into(
    output: Path, todo: list[BatchAnswer], parts: Parts, concurrency: int, done: int
) -> int:
    """Grade and append each result at once, so that a crash loses none; count the ungraded."""
    ungraded = 0
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with output.open("a", encoding="utf-8") as file, Progress(*columns, console=errors) as progress:
        bar = progress.add_task("grading", total=done + len(todo), completed=done)

        def write(answer: BatchResult) -> None:
            nonlocal ungraded
            ungraded += isinstance(answer.result, Ungraded)
            file.write(format_result(answer) + "\n")
            file.flush()
            progress.advance(bar)

        async def run() -> None:
            async with parts:
                await grade_batch(todo, parts.judge, concurrency=concurrency, done=write)

        asyncio.run(run())
    return ungraded
