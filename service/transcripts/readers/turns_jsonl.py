"""Read our own format: one turn on each line, as JSON, or a JSON list of turns."""

import re
from collections.abc import Collection, Iterator

from pydantic import ValidationError

from service.errors import UnreadableSource
from service.records import list_faults
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import iter_objects, parse_json
from service.transcripts.turns import Skipped, Turn

__all__ = ["begins_with_turn", "read_turns"]

_FIRST_KEY = re.compile(r'\s*+(?:\[\s*+)?\{\s*+"speaker_id"\s*+:')


def begins_with_turn(text: str) -> bool:
    """Tell whether a text begins with a turn as Probewise writes it, alone or in a list."""
    return _FIRST_KEY.match(text) is not None


def read_turns(text: str, known: Collection[str] = ()) -> Entries:
    """Read every turn, which needs no names that are set.

    One without a `line` gets the one on which it is written.
    """
    for number, record in _find_records(text):
        if isinstance(record, Skipped):
            yield record
            continue
        try:
            turn = Turn.model_validate(record)
        except ValidationError as error:
            yield Skipped(line=number, reason=list_faults(error))
        else:
            yield turn if turn.line else turn.model_copy(update={"line": number})


def _find_records(text: str) -> Iterator[tuple[int | None, object]]:
    if text.lstrip().startswith("["):
        for record in iter_objects(parse_json(text), ""):
            yield record.line, record
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, parse_json(line)
        except UnreadableSource as error:
            yield number, Skipped(line=number, reason=error.message)
