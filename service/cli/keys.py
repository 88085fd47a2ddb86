"""`probewise keys`: make keys for callers of the service."""

import typer

from service.keys import keep_key, make_key
from service.settings import read_settings

__all__ = ["app"]

app = typer.Typer(
    help="Make keys for callers of the service.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)

_SHOWN = """\
The key, shown only this once. Give it to the caller, who sends it in every request:

{key}

  Authorization: Bearer {key}

The service is configured with the key's HMAC, from which nobody can tell the key. Put it into \
the environment, after those that are there and a comma, or on a line of the file that \
PROBEWISE_SERVICE_KEYS names:

PROBEWISE_SERVICE_KEYS={kept}"""


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command()
def new() -> None:
    """Make a key, and show it once with the line that configures it.

    Nothing is stored. If PROBEWISE_SERVICE_PEPPER is set, the line works under that pepper alone.

    Example: `probewise keys new`
    """
    key = make_key()
    kept = keep_key(key, read_settings().service_pepper)
    print(_SHOWN.format(key=key, kept=kept))  # noqa: T201 - plain, to be copied
