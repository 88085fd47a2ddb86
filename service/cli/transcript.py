"""`probewise transcript`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from service.cli.ask_customer import ask_customer
from service.cli.console import say
from service.cli.options import (
    EngagementOption,
    ExplainOption,
    FileArgument,
    JsonOption,
    JudgeOption,
    PlaybookOption,
    build_parts,
)
from service.cli.score_source import (
    explain_lines,
    make_origin,
    read_content,
    read_file,
    score_source,
)
from service.grading.scorecard import AUTO
from service.transcripts.formats import Format
from service.transcripts.sides import is_address, refuse_unknown_names, resolve_sides
from service.transcripts.turns import NOBODY, Transcript

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
    explain: ExplainOption = False,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in the transcript of a call.

    Only the customer's words are graded. Probewise learns who the customer is from the file, from
    `--customer` and `--ours`, or from `PROBEWISE_OURS`. If none of them says, it asks you at a
    terminal; without a terminal, or with `--json`, every grade is marked for review. A name of
    `--customer` or `--ours` that nobody in the call has is an error that lists who speaks.
    `--explain` shows what was understood of each line, and grades nothing.
    Grades are stored only with --engagement. Exit code 0: every answer that was found is graded;
    1: an answer stayed ungraded; 2: the file, a name, the playbook or a setting is wrong.

    Example: `probewise transcript call.vtt --customer "Dana Brekke" --ours "Tom Okafor"`
    """
    parts = build_parts(context, judge)
    customers, our_own = customer or (), (*parts.settings.ours, *(ours or ()))
    content = read_content(file)
    call = read_file(content, file, source_format, (*our_own, *customers))
    _check_ours(call, ours or ())
    call = resolve_sides(call, our_own, customers)
    call = call if json else ask_customer(call)
    if explain:
        explain_lines(content, call, parts, playbook, file=file, json=json)
        return
    origin = make_origin(call, "transcript", engagement)
    score_source(call, parts, playbook, origin, file=file, json=json)


def _check_ours(call: Transcript, ours: Sequence[str]) -> None:
    """Refuse a name of ours that nobody has; say that names do nothing if nobody has one."""
    if ours and all(turn.speaker_id == NOBODY and not turn.name for turn in call.turns):
        say("the file names nobody, so --ours does nothing; every grade is marked for review")
    else:
        refuse_unknown_names(call, [name for name in ours if not is_address(name)])
