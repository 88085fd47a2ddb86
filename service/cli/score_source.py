"""Score notes or a call, and print the scorecard: what `notes` and `transcript` share."""

import asyncio
import sys
from pathlib import Path

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service.cli.console import console, errors, say, visible
from service.cli.scorecard import draw_scorecard, explain_unknown_sides
from service.errors import JudgeError
from service.grading.passage_grader import Origin
from service.grading.scorecard import FoundPassages, GradedPassage, Scorecard
from service.storage.identifiers import is_identifier
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import Transcript
from service.wiring import Parts

__all__ = ["make_origin", "read_file", "score_source"]

_STDIN = "<stdin>"


def read_file(file: Path, source_format: Format | None) -> Transcript:
    """Read notes or a transcript from a file, or from standard input if it is called `-`."""
    if str(file) == "-":
        return read_source(sys.stdin.buffer.read(), source_format, _STDIN)
    return read_source(file.read_bytes(), source_format, str(file))


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
    *,
    file: Path,
    json: bool,
) -> None:
    """Score a source and print its scorecard; exit with code 1 if an answer stayed ungraded."""
    parts.unstored_passages.list_questions(playbook)  # an unknown playbook costs no call
    try:
        card = asyncio.run(_score(source, parts, playbook, origin))
    except JudgeError as error:
        say(f"ungraded: the answers could not be found: {visible(str(error))}")
        raise typer.Exit(1) from error
    if json:
        print(card.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts
    else:
        name = _STDIN if str(file) == "-" else file.name
        note = explain_unknown_sides(source)
        console.print(draw_scorecard(card, parts.catalogue, name=name, note=note))
    if origin and origin.engagement_id and card.tally.graded:
        say(f"kept: see `probewise engagement {visible(origin.engagement_id)}`")
    if card.tally.ungraded:
        raise typer.Exit(1)


async def _score(
    source: Transcript, parts: Parts, playbook: str, origin: Origin | None
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
                source, playbook, origin, on_found=on_found, on_graded=on_graded
            )
