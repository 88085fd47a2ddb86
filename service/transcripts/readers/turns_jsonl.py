"""Read our own format: one turn on each line, as JSON."""

import re

from pydantic import ValidationError

from service.errors import UnreadableSource
from service.records import first_fault
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import parse_json
from service.transcripts.turns import Skipped, Turn

__all__ = ["begins_with_turn", "read_turns"]

_FIRST_KEY = re.compile(r'\s*+\{\s*+"speaker_id"\s*+:')


def begins_with_turn(text: str) -> bool:
    """Tell whether a text begins with a turn as Probewise writes it."""
    return _FIRST_KEY.match(text) is not None


def read_turns(text: str) -> Entries:
    """Read the turn of each line; a turn without a `line` gets the one on which it is written."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            turn = Turn.model_validate(parse_json(line))
        except UnreadableSource as error:
            yield Skipped(line=number, reason=error.message)
        except ValidationError as error:
            yield Skipped(line=number, reason=first_fault(error))
        else:
            yield turn if turn.line else turn.model_copy(update={"line": number})
