"""List the commands; each is imported only when it is called, so that every one starts fast."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["Commands"]

Command = TyperCommand | TyperGroup

_MODULES = {
    "grade": "grade:grade",
    "grade-many": "grade_many:grade_many",
    "notes": "notes:notes",
    "transcript": "transcript:transcript",
    "engagement": "engagement:engagement",
    "serve": "serve:serve",
    "keys": "keys:app",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "playbook": "playbook:app",
    "eval": "eval.app:app",
}


class Commands(TyperGroup):
    """The commands by their names, in the order of the help."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - as the group takes them
        super().__init__(**attributes)
        self.commands = dict.fromkeys(_MODULES, self)  # the group asks for names before any command

    def get_command(self, ctx: object, cmd_name: str) -> Command | None:
        """Import the command of this name; None if there is none."""
        if cmd_name not in _MODULES:
            return None
        module, _, attribute = _MODULES[cmd_name].partition(":")
        found = getattr(import_module(f"service.cli.{module}"), attribute)
        app = found if isinstance(found, typer.Typer) else _make_app(found)
        command = cast("Command", typer.main.get_command(app))
        command.name = cmd_name
        return command


def _make_app(function: Callable[..., None]) -> typer.Typer:
    app = typer.Typer(rich_markup_mode="markdown", add_completion=False)
    app.command()(function)
    return app
