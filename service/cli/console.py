"""Print to the terminal: results on standard output, everything else on standard error."""

import unicodedata

from rich.console import Console, RenderableType
from rich.measure import Measurement

__all__ = ["console", "counted", "errors", "say", "show", "visible"]

_UNLIMITED = 100_000  # columns

console = Console()
errors = Console(stderr=True)


def say(line: str) -> None:
    """Print one line on standard error as it is: without markup, without wrapping."""
    errors.print(line, markup=False, highlight=False, soft_wrap=True)


def show(result: RenderableType) -> None:
    """Print a result on standard output; where that is no terminal, no line is wrapped.

    Rich takes a CI log or a pipe for a terminal of 80 columns, and a search there finds no text
    that it has cut in two.
    """
    if console.file.isatty():
        console.print(result)
        return
    options = console.options.update(width=_UNLIMITED)
    width = Measurement.get(console, options, result).maximum
    Console(width=max(1, width)).print(result)


def counted(n: int, noun: str) -> str:
    """Count a noun: `1 case`, `2 cases`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def visible(text: str) -> str:
    """Put a space in place of each character that controls a terminal; offsets stay valid."""
    return "".join(
        " " if unicodedata.category(character) == "Cc" and character not in "\n\t" else character
        for character in text
    )
