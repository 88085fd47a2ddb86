"""Ask who speaks for the customer, if nothing else says so and somebody is at the terminal."""

import sys
from collections.abc import Sequence

from rich.prompt import InvalidResponse, PromptBase
from rich.text import Text

from service.cli.console import errors, visible
from service.transcripts.sides import list_unknown_speakers, resolve_sides
from service.transcripts.turns import Transcript

__all__ = ["ask_customer"]

_QUESTION = "Which of them? Numbers with commas, or nothing if you don't know"


def ask_customer(call: Transcript) -> Transcript:
    """Ask for the customer's people and set the sides; without an answer they stay unknown."""
    speakers = list_unknown_speakers(call)
    if not speakers or not _is_somebody_there():
        return call
    errors.print("It is not known who speaks for the customer.")
    for number, (name, first_words) in enumerate(speakers.items(), 1):
        line = Text.assemble(f"{number:>3}  {visible(name)}  ", (visible(first_words), "dim"))
        errors.print(line, no_wrap=True, overflow="ellipsis")
    try:
        customers = _NumbersPrompt(list(speakers)).ask_now()
    except EOFError:
        return call
    return resolve_sides(call, customers=customers) if customers else call


class _NumbersPrompt(PromptBase[list[str]]):
    """Asks for numbers until each of them belongs to a name."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(_QUESTION, console=errors)
        self._names = names

    def ask_now(self) -> list[str]:
        return self(default=[])

    def render_default(self, default: object) -> Text:
        return Text()

    def process_response(self, value: str) -> list[str]:
        named = {str(number): name for number, name in enumerate(self._names, 1)}
        try:
            return [named[each] for each in value.replace(",", " ").split()]
        except KeyError:
            raise InvalidResponse(f"Give numbers from 1 to {len(self._names)}.") from None


def _is_somebody_there() -> bool:
    return sys.stdin.isatty() and errors.is_terminal
