"""`probewise transcript`."""

from typing import Annotated

import typer

from service.cli.ask_customer import ask_customer
from service.cli.options import (
    EngagementOption,
    FileArgument,
    JsonOption,
    JudgeOption,
    PlaybookOption,
    build_parts,
)
from service.cli.score_source import make_origin, read_file, score_source
from service.grading.scorecard import AUTO
from service.transcripts.formats import Format
from service.transcripts.sides import resolve_sides

__all__ = ["transcript"]

FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format", help="Format of the file; by default its name decides, or else its content."
    ),
]
CustomerOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Person, company or e-mail address on the customer's side; may be given several times."
        " If only one side is named, everyone else is on the other side.",
    ),
]
OursOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Person, company, e-mail address or domain on our side, in addition to those of "
        "PROBEWISE_OURS; may be given several times.",
    ),
]


def transcript(
    context: typer.Context,
    file: FileArgument,
    source_format: FormatOption = None,
    playbook: PlaybookOption = AUTO,
    customer: CustomerOption = None,
    ours: OursOption = None,
    judge: JudgeOption = None,
    engagement: EngagementOption = None,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in the transcript of a call.

    Only the customer's words are graded. Probewise learns who the customer is from the file, from
    `--customer` and `--ours`, or from `PROBEWISE_OURS`. If none of them says, it asks you at a
    terminal; without a terminal, or with `--json`, every grade is marked for review.
    Grades are stored only with --engagement. Exit code 0: every answer that was found is graded;
    1: an answer stayed ungraded; 2: the file, a name, the playbook or a setting is wrong.

    Example: `probewise transcript call.vtt --customer "Dana Brekke" --ours example.com`
    """
    parts = build_parts(context, judge)
    call = read_file(file, source_format)
    call = resolve_sides(call, ours=(*parts.settings.ours, *(ours or ())), customers=customer or ())
    call = call if json else ask_customer(call)
    origin = make_origin(call, "transcript", engagement)
    score_source(call, parts, playbook, origin, file=file, json=json)
