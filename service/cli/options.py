"""Define the options that several commands share, and build the parts they work with."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from service.settings import JudgeName, Settings, read_settings
from service.wiring import Parts

__all__ = [
    "AssignOption",
    "EngagementOption",
    "ExplainOption",
    "FileArgument",
    "JsonOption",
    "JudgeOption",
    "PlaybookOption",
    "build_parts",
]

JudgeOption = Annotated[
    JudgeName | None,
    typer.Option(help="The judge; default: llm if a key or base URL is set, else embedded."),
]
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="File to read; - reads standard input.")
]
PlaybookOption = Annotated[
    str,
    typer.Option(metavar="ID", help="Playbook whose questions to look for; auto: all playbooks."),
]
EngagementOption = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Store the grades in PROBEWISE_DATABASE_URL, for `probewise engagement ID`.",
    ),
]
AssignOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LINE=QUESTION",
        help="Give a line to a question, such as 12=data-engineering.8 (or 12=8 with --playbook), "
        "or 12-14=8 for several; your word in place of what would be found. May be repeated.",
    ),
]
ExplainOption = Annotated[
    bool,
    typer.Option(
        "--explain",
        help="Show the speaker, the side and the question of each line, or why it is left out; "
        "grade nothing.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the scorecard as JSON, in the form of POST /v1/notes.")
]


def build_parts(
    context: typer.Context, judge: JudgeName | None = None, **overrides: object
) -> Parts:
    """Build the parts that the environment configures, with the judge of a command's option.

    A test passes its own builder to `main` in app.py.
    """
    chosen = {"judge": judge} if judge else {}
    build: Callable[[Settings], Parts] = context.obj or Parts
    return build(read_settings(**chosen, **overrides))
