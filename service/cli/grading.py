"""`probewise grade` and `probewise grade-many`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.cards import console, errors, grade_card, say, ungraded_card
from service.cli.options import JudgeOption, build_parts
from service.errors import InvalidAnswer
from service.judging.batch import (
    BatchAnswer,
    BatchResult,
    MalformedLine,
    format_result,
    grade_batch,
    keep_finished,
    read_batch,
)
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question
from service.wiring import Parts

__all__ = ["grade", "grade_many"]


def grade(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="Question id, such as data-engineering.3.")],
    answer: Annotated[
        str | None, typer.Argument(help="The customer's words; - or nothing reads standard input.")
    ] = None,
    judge: JudgeOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print the grade as JSON.")] = False,
) -> None:
    """Grade one answer.

    Exit code 0: graded; 1: ungraded; 2: the question id, the answer or a setting is wrong.

    Example: `probewise grade data-engineering.3 "We do full loads every night."`
    """
    parts = build_parts(context, judge)
    asked = parts.catalogue.question(question)
    said = Answer.of(_words(answer))
    result = asyncio.run(_grade(parts, asked, said))
    if json:
        print(result.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts
    elif isinstance(result, Grade):
        console.print(grade_card(asked, said, result))
    else:
        console.print(ungraded_card(asked, result))
    if isinstance(result, Ungraded):
        raise typer.Exit(1)


def grade_many(
    context: typer.Context,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN.jsonl",
            exists=True,
            dir_okay=False,
            help='Lines of {"id", "question_id", "answer"}.',
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where grades are added, one JSON line each.")
    ],
    judge: JudgeOption = None,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Answers at a time.")] = 8,
) -> None:
    """Grade many answers; a second run grades only what is missing.

    A line is missing while its id has no grade in OUT.jsonl: ungraded ones are tried again, and a
    changed answer under an old id is not. Exit code 0: all graded; 1: some line was malformed or
    stayed ungraded; 2: nothing could be done.

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
    """Grade and append, each line flushed as it comes; the number left ungraded."""
    ungraded = 0
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with output.open("a", encoding="utf-8") as file, Progress(*columns, console=errors) as progress:
        bar = progress.add_task("grading", total=done + len(todo), completed=done)

        def write(outcome: BatchResult) -> None:
            nonlocal ungraded
            ungraded += isinstance(outcome.result, Ungraded)
            file.write(format_result(outcome) + "\n")
            file.flush()
            progress.advance(bar)

        async def run() -> None:
            async with parts:
                await grade_batch(todo, parts.judge, concurrency=concurrency, done=write)

        asyncio.run(run())
    return ungraded


async def _grade(parts: Parts, question: Question, answer: Answer) -> Grade | Ungraded:
    async with parts:
        return await parts.judge.grade(question, answer)


def _words(answer: str | None) -> str:
    if answer is not None and answer != "-":
        return _decoded(answer.encode(errors="surrogateescape"))
    if sys.stdin.isatty():
        raise InvalidAnswer("no answer given; write it after the question id, or pipe it in")
    return _decoded(sys.stdin.buffer.read())


def _decoded(raw: bytes) -> str:
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidAnswer(f"the answer is not UTF-8 text: {error.reason}") from error
    if "\0" in words:
        raise InvalidAnswer("the answer holds binary data; send the customer's words as text")
    return words
