"""Our own form: one turn a line, as JSON."""

from pydantic import ValidationError

from service.records import first_fault
from service.transcripts.readers.entry import Entries
from service.transcripts.readers.json_with_lines import parse
from service.transcripts.turns import IntakeError, Skipped, Turn

__all__ = ["entries"]


def entries(text: str) -> Entries:
    """The turn of each line; a turn that doesn't say its line has that of the file."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            turn = Turn.model_validate(parse(line))
        except IntakeError as error:
            yield Skipped(line=number, reason=error.message)
        except ValidationError as error:
            yield Skipped(line=number, reason=first_fault(error))
        else:
            yield turn if turn.line else turn.model_copy(update={"line": number})
