"""The commands, each imported when it is asked for, so that each starts as fast as it can."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["Commands"]

Command = TyperCommand | TyperGroup

_PLACES = {
    "grade": "grading:grade",
    "grade-many": "grading:grade_many",
    "notes": "intake:notes",
    "transcript": "intake:transcript",
    "engagement": "engagement:engagement",
    "serve": "serve:serve",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "playbook": "playbook:app",
    "eval": "eval.app:app",
}


class Commands(TyperGroup):
    """Every command by its name, in the order of the help."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as the group takes them
        super().__init__(**attributes)
        self.commands = dict.fromkeys(_PLACES, self)  # for their names alone

    def get_command(self, ctx: object, cmd_name: str) -> Command | None:
        """The command of this name, None where there is none."""
        if cmd_name not in _PLACES:
            return None
        module, _, attribute = _PLACES[cmd_name].partition(":")
        found = getattr(import_module(f"service.cli.{module}"), attribute)
        app = found if isinstance(found, typer.Typer) else _app_of(found)
        command = cast("Command", typer.main.get_command(app))
        command.name = cmd_name
        return command


def _app_of(function: Callable[..., None]) -> typer.Typer:
    app = typer.Typer(rich_markup_mode="markdown", add_completion=False)
    app.command()(function)
    return app
