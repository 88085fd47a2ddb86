"""`probewise grade`."""

import asyncio
import sys
from typing import Annotated

import typer

from service.cli.console import console
from service.cli.grade_card import draw_grade_card, draw_ungraded_card
from service.cli.options import JudgeOption, build_parts
from service.errors import InvalidAnswer
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question
from service.wiring import Parts

__all__ = ["grade"]


def grade(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="Question id, such as data-engineering.3.")],
    answer: Annotated[
        str | None,
        typer.Argument(
            help="The customer's words; if left out or -, they are read from standard input."
        ),
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
    words = Answer.of(_read_answer(answer))
    result = asyncio.run(_grade(parts, asked, words))
    if json:
        print(result.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts
    elif isinstance(result, Grade):
        console.print(draw_grade_card(asked, words, result))
    else:
        console.print(draw_ungraded_card(asked, result))
    if isinstance(result, Ungraded):
        raise typer.Exit(1)


async def _grade(parts: Parts, question: Question, answer: Answer) -> Grade | Ungraded:
    async with parts:
        return await parts.judge.grade(question, answer)


def _read_answer(answer: str | None) -> str:
    if answer is not None and answer != "-":
        # Arguments that are no UTF-8 arrive with surrogates; their bytes are checked like a pipe's.
        return _decode(answer.encode(errors="surrogateescape"))
    if sys.stdin.isatty():
        raise InvalidAnswer("no answer given; write it after the question id, or pipe it in")
    return _decode(sys.stdin.buffer.read())


def _decode(raw: bytes) -> str:
    try:
        words = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidAnswer(f"the answer is not UTF-8 text: {error.reason}") from error
    if "\0" in words:
        raise InvalidAnswer("the answer holds binary data; send the customer's words as text")
    return words
