"""Turns: the one form every transcript and page of notes is read into."""

import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from service.errors import UnreadableSource
from service.escaping import printable
from service.records import Frozen

__all__ = [
    "LATEST_MS",
    "NOBODY",
    "NOTES",
    "IntakeError",
    "Side",
    "Skipped",
    "Transcript",
    "Turn",
    "plain",
]

NOBODY = "unknown"  # the speaker of words that no name and no id stands at
NOTES = "notes"  # the speaker of every line of notes
LATEST_MS = 2**53 - 1  # beyond it a reader of JSON need not keep a number exact
_LABEL_LENGTH = 200  # a label is repeated in every turn


IntakeError = UnreadableSource


class Side(StrEnum):
    """Whose words they are; only the customer's are evidence."""

    CUSTOMER = "customer"
    SELLER = "seller"
    UNKNOWN = "unknown"


def plain(text: str) -> str:
    """The text on one line, without what steers a terminal; empty where nothing can be seen."""
    if all(unicodedata.category(character)[0] in "CZ" for character in text):
        return ""
    return printable(" ".join(text.split()))


def _label(value: object) -> object:
    return plain(value[:_LABEL_LENGTH]) or None if isinstance(value, str) else value


def _speaker(value: object) -> object:
    return _label(value) or NOBODY if isinstance(value, str) else value


def _words(value: object) -> object:
    return plain(value) if isinstance(value, str) else value


def _lower(value: str | None) -> str | None:
    return value.casefold() if value else None


_Label = Annotated[str | None, BeforeValidator(_label)]
_Milliseconds = Annotated[int, Field(ge=0, le=LATEST_MS)]


class Turn(Frozen):
    """What one speaker said in one go, or one line of notes.

    Times count from the start of the call. `line` is where the turn begins in its source, counted
    from 1. `heading` is set on a line that only announces what follows: 1 to 6 as in Markdown, 7
    for a line all in bold.
    """

    speaker_id: Annotated[str, BeforeValidator(_speaker)]
    name: _Label = None
    email: Annotated[_Label, AfterValidator(_lower)] = None
    side: Side = Side.UNKNOWN
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    text: Annotated[str, BeforeValidator(_words), Field(min_length=1)]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    heading: Annotated[int, Field(ge=1, le=7)] | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Turn":
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError("end_ms is before start_ms")
        return self


class Skipped(Frozen):
    """What of a source stands in no turn, and why; never its words."""

    line: int | None = None
    reason: str


class Transcript(Frozen):
    """The turns of one call or page in the order of the source, and what was left out of them."""

    turns: tuple[Turn, ...]
    skipped: tuple[Skipped, ...] = ()
