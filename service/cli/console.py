"""Print to the terminal: results on standard output, everything else on standard error."""

import unicodedata

from rich.console import Console

__all__ = ["console", "counted", "errors", "say", "visible"]

console = Console()
errors = Console(stderr=True)


def say(line: str) -> None:
    """Print one line on standard error as it is: without markup, without wrapping."""
    errors.print(line, markup=False, highlight=False, soft_wrap=True)


def counted(n: int, noun: str) -> str:
    """Count a noun: `1 case`, `2 cases`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def visible(text: str) -> str:
    """Put a space in place of each character that controls a terminal; offsets stay valid."""
    return "".join(
        " " if unicodedata.category(character) == "Cc" and character not in "\n\t" else character
        for character in text
    )
