"""`probewise notes` and `probewise transcript`."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from service.cli.ask_customer import ask_sides
from service.cli.cards import console, say, visible
from service.cli.options import JudgeOption, build_parts
from service.cli.scorecard import card_of, sides_note
from service.cli.scoring import scored
from service.errors import JudgeError
from service.grading.passage_grader import Origin
from service.grading.scorecard import AUTO
from service.storage.identifiers import is_identifier
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Transcript
from service.wiring import Parts

__all__ = ["notes", "transcript"]

_STDIN = "<stdin>"

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="What to read; - reads standard input.")
]
PlaybookOption = Annotated[
    str, typer.Option(metavar="ID", help="Whose questions to look for; auto: every playbook's.")
]
EngagementOption = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Keep the grades in PROBEWISE_DATABASE_URL, for `probewise engagement ID`.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the scorecard as JSON, as POST /v1/notes answers it.")
]


def notes(
    context: typer.Context,
    file: FileArgument,
    playbook: PlaybookOption = AUTO,
    judge: JudgeOption = None,
    engagement: EngagementOption = None,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in a page of notes, in plain text or Markdown.

    Nothing is kept without --engagement. Exit code 0: all that was found is graded; 1: something
    stayed ungraded; 2: the file, the playbook or a setting is wrong.

    Example: `probewise notes acme.md --playbook data-engineering --engagement acme-2026-11`
    """
    parts = build_parts(context, judge)
    page = _read(file, Format.NOTES)
    _score(page, parts, playbook, _origin(page, "notes", engagement), file=file, json=json)


def transcript(
    context: typer.Context,
    file: FileArgument,
    source_format: Annotated[
        Format | None,
        typer.Option(
            "--format", help="How it is written; default: by the file's name, or content."
        ),
    ] = None,
    playbook: PlaybookOption = AUTO,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Who speaks for the customer; may be given repeatedly. Where only one side is "
            "named, everyone else is of the other.",
        ),
    ] = None,
    ours: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Who speaks for us, besides those of PROBEWISE_OURS: a name, a company, an e-mail "
            "address or its domain; may be given repeatedly.",
        ),
    ] = None,
    judge: JudgeOption = None,
    engagement: EngagementOption = None,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in the transcript of a call.

    Only the customer's words are graded. Where nothing tells who that is, you are asked, if you
    are at a terminal; while sides are unknown, every grade asks for review.
    Nothing is kept without --engagement. Exit code 0: all that was found is graded; 1: something
    stayed ungraded; 2: the file, a name, the playbook or a setting is wrong.

    Example: `probewise transcript call.vtt --customer "Dana Brekke" --ours example.com`
    """
    parts = build_parts(context, judge)
    call = _read(file, source_format)
    call = resolve_sides(call, ours=(*parts.settings.ours, *(ours or ())), customers=customer or ())
    call = call if json else ask_sides(call)
    _score(call, parts, playbook, _origin(call, "transcript", engagement), file=file, json=json)


def _read(file: Path, source_format: Format | None) -> Transcript:
    if str(file) == "-":
        return read_source(sys.stdin.buffer.read(), source_format, _STDIN)
    return read_source(file.read_bytes(), source_format, str(file))


def _origin(source: Transcript, tool: str, engagement_id: str | None) -> Origin | None:
    if engagement_id is None:
        return None
    if not is_identifier(engagement_id):
        raise typer.BadParameter("an engagement's id has 1 to 128 characters on one line")
    return Origin.of_words(source, tool, engagement_id)


def _score(
    source: Transcript,
    parts: Parts,
    playbook: str,
    origin: Origin | None,
    *,
    file: Path,
    json: bool,
) -> None:
    parts.unstored_passages.list_questions(playbook)
    try:
        card = asyncio.run(scored(source, parts, playbook, origin))
    except JudgeError as error:
        say(f"ungraded: what answers which question could not be told: {visible(str(error))}")
        raise typer.Exit(1) from error
    if json:
        print(card.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts
    else:
        name = _STDIN if str(file) == "-" else file.name
        console.print(card_of(card, parts.catalogue, name=name, note=sides_note(source)))
    if origin and origin.engagement_id and card.tally.graded:
        say(f"kept: see `probewise engagement {visible(origin.engagement_id)}`")
    if card.tally.ungraded:
        raise typer.Exit(1)
