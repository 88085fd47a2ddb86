"""Options that several commands share, and the parts that a command works with."""

from collections.abc import Callable
from typing import Annotated

import typer

from service.settings import JudgeName, Settings, read_settings
from service.wiring import Parts

__all__ = ["JudgeOption", "build_parts"]

JudgeOption = Annotated[
    JudgeName | None,
    typer.Option(help="Who grades; default: llm when a key or base URL is set, else embedded."),
]


def build_parts(
    context: typer.Context, judge: JudgeName | None = None, **overrides: object
) -> Parts:
    """Build the parts that the environment configures, with the judge of a command's option.

    Whoever runs the command may build them: see `main` in app.py.
    """
    chosen = {"judge": judge} if judge else {}
    build: Callable[[Settings], Parts] = context.obj or Parts
    return build(read_settings(**chosen, **overrides))
