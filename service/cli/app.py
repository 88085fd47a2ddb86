"""Run the command line: `probewise --help`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import typer
from rich.text import Text

from service import __version__
from service.cli.commands import Commands
from service.cli.console import errors
from service.errors import ProbewiseError

if TYPE_CHECKING:  # a command that needs no parts starts without them
    from service.settings import Settings
    from service.wiring import Parts

__all__ = ["app", "main"]

app = typer.Typer(
    cls=Commands,
    help="Grade what a customer said against what a good answer sounds like.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _show_version(value: bool) -> None:
    if value:
        print(f"probewise {__version__}")  # noqa: T201 - plain, for scripts
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and stop.",
    ),
) -> None:
    """Take the options before the command."""


def main(build_parts: "Callable[[Settings], Parts] | None" = None) -> None:
    """Run a command; an expected error becomes one line on standard error and exit code 2.

    `build_parts` builds the parts that the command works with; a test passes its own.
    """
    try:
        app(obj=build_parts)
    except ProbewiseError as error:
        _refuse(str(error))
    except BrokenPipeError:
        sys.exit(141)  # as a shell reports a program whose reader went away
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}" if error.filename else str(error))


def _refuse(reason: str) -> NoReturn:
    errors.print(Text.assemble(("error: ", "bold red"), reason), soft_wrap=True)
    sys.exit(2)
