"""Score notes or a call, and print the scorecard: what `notes` and `transcript` share."""

import asyncio
import re
import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.assignment.attribution import NOTHING_SAID
from service.cli.console import console, errors, say, visible
from service.cli.explanation import draw_explanation
from service.cli.scorecard import draw_scorecard, explain_unknown_sides
from service.errors import JudgeError
from service.grading.explained_lines import explain_source
from service.grading.passage_grader import Origin
from service.grading.scorecard import AUTO, FoundPassages, GradedPassage, Scorecard
from service.records import Frozen
from service.storage.identifiers import is_identifier
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source, read_text
from service.transcripts.turns import Transcript
from service.wiring import Parts

__all__ = [
    "explain_lines",
    "make_origin",
    "read_assigned_lines",
    "read_content",
    "read_file",
    "score_source",
]

_STDIN = "<stdin>"
_MOST_LINES = 1_000  # that one --assign can name
_ASSIGNED = re.compile(r"(?P<first>\d{1,7})(?:-(?P<last>\d{1,7}))?\s*=\s*(?P<question>\S+)")
_Result = TypeVar("_Result")


def read_content(file: Path) -> bytes:
    """Read a file, or standard input if it is called `-`."""
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def read_file(
    content: bytes, file: Path, source_format: Format | None, known: Collection[str] = ()
) -> Transcript:
    """Read the content of a file as notes or a transcript; `known` are names that are set."""
    name = _STDIN if str(file) == "-" else str(file)
    return read_source(content, source_format, name, known)


def read_assigned_lines(said: Iterable[str], playbook: str) -> dict[int, str]:
    """Read `12=data-engineering.8`, `12-14=8` and the like; typer.BadParameter for anything else.

    A bare number is of a question of the playbook that is asked for.
    """
    lines: dict[int, str] = {}
    for each in said:
        found = _ASSIGNED.fullmatch(each.strip())
        if found is None or (found["question"].isdigit() and playbook == AUTO):
            raise typer.BadParameter(
                f"{visible(each)!r} is not LINE=QUESTION, such as 12=data-engineering.8; a bare "
                "question number needs --playbook"
            )
        first, last = int(found["first"]), int(found["last"] or found["first"])
        if not first <= last < first + _MOST_LINES:
            raise typer.BadParameter(f"{each!r}: name at most {_MOST_LINES:,} lines, in order")
        question = found["question"]
        question_id = f"{playbook}.{question}" if question.isdigit() else question
        lines |= dict.fromkeys(range(first, last + 1), question_id)
    return lines


def make_origin(source: Transcript, tool: str, engagement_id: str | None) -> Origin | None:
    """Make the origin under which the grades are stored; None if they are not to be stored."""
    if engagement_id is None:
        return None
    if not is_identifier(engagement_id):
        raise typer.BadParameter("an engagement's id has 1 to 128 characters on one line")
    return Origin.of_words(source, tool, engagement_id)


def score_source(
    source: Transcript,
    parts: Parts,
    playbook: str,
    origin: Origin | None,
    assign: Mapping[int, str] = NOTHING_SAID,
    *,
    file: Path,
    json: bool,
) -> None:
    """Score a source and print its scorecard; exit with code 1 if an answer stayed ungraded."""
    card = _run(partial(_score, source, parts, playbook, origin, assign), parts, playbook)
    draw = partial(draw_scorecard, card, parts.catalogue)
    _show(card, draw, source, parts, file=file, json=json)
    if origin and origin.engagement_id and card.tally.graded:
        say(f"kept: see `probewise engagement {visible(origin.engagement_id)}`")
    if card.tally.ungraded:
        raise typer.Exit(1)


def explain_lines(
    content: bytes,
    source: Transcript,
    parts: Parts,
    playbook: str,
    assign: Mapping[int, str] = NOTHING_SAID,
    *,
    file: Path,
    json: bool,
) -> None:
    """Print what was understood of each line of a source; nothing is graded or stored."""
    found = _run(partial(_find, source, parts, playbook, assign), parts, playbook)
    explained = explain_source(read_text(content), source, found)
    _show(explained, partial(draw_explanation, explained), source, parts, file=file, json=json)


def _run(work: Callable[[], Coroutine[Any, Any, _Result]], parts: Parts, playbook: str) -> _Result:
    """Do the work on a source; exit with code 1 if the answers could not be found in it."""
    parts.unstored_passages.list_questions(playbook)  # an unknown playbook costs no call
    try:
        return asyncio.run(work())
    except JudgeError as error:
        say(f"ungraded: the answers could not be found: {visible(str(error))}")
        raise typer.Exit(1) from error


def _show(
    result: Frozen,
    draw: Callable[..., RenderableType],
    source: Transcript,
    parts: Parts,
    *,
    file: Path,
    json: bool,
) -> None:
    """Print a result as JSON, or as `draw` draws it with the source's name and a note."""
    if json:
        print(result.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts
        return
    name = _STDIN if str(file) == "-" else file.name
    note = explain_unknown_sides(source, parts.settings.ours)
    console.print(draw(name=name, note=note))


async def _find(
    source: Transcript, parts: Parts, playbook: str, assign: Mapping[int, str]
) -> FoundPassages:
    async with parts:
        return await parts.unstored_passages.find(source, playbook, assign)


async def _score(
    source: Transcript,
    parts: Parts,
    playbook: str,
    origin: Origin | None,
    assign: Mapping[int, str],
) -> Scorecard:
    """Score a source; with an origin, store the grades.

    A progress bar is shown on standard error if that is a terminal, and removed at the end.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal)
    async with parts:
        if origin is None:
            passages = parts.unstored_passages
        else:
            await parts.database.upgrade()
            passages = parts.passages
        with progress:
            bar = progress.add_task("finding", total=None)
            progress.refresh()

            def on_found(found: FoundPassages) -> None:
                progress.update(bar, description="grading", total=len(found.passages), refresh=True)

            def on_graded(_: GradedPassage) -> None:
                progress.advance(bar)

            return await passages.score(
                source, playbook, origin, assign=assign, on_found=on_found, on_graded=on_graded
            )
