"""Define turns: the one form into which every transcript and page of notes is read."""

import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from service.escaping import printable
from service.records import Frozen

__all__ = [
    "LATEST_MS",
    "NOBODY",
    "NOTES",
    "Side",
    "Skipped",
    "Transcript",
    "Turn",
    "flatten_text",
]

NOBODY = "unknown"  # the speaker of words that the source gives no name and no id for
NOTES = "notes"  # the speaker of every line of notes
LATEST_MS = 2**53 - 1  # a JSON reader may round any larger number
_LABEL_LENGTH = 200  # a label is repeated in every turn


class Side(StrEnum):
    """The side a speaker is on; only the customer's words are evidence."""

    CUSTOMER = "customer"
    SELLER = "seller"
    UNKNOWN = "unknown"


def flatten_text(text: str) -> str:
    """Put a text on one line and replace characters that control a terminal.

    A text without any visible character becomes empty.
    """
    if all(unicodedata.category(character)[0] in "CZ" for character in text):
        return ""
    return printable(" ".join(text.split()))


def _flatten_label(value: object) -> object:
    return flatten_text(value[:_LABEL_LENGTH]) or None if isinstance(value, str) else value


def _flatten_speaker(value: object) -> object:
    return _flatten_label(value) or NOBODY if isinstance(value, str) else value


def _flatten_words(value: object) -> object:
    return flatten_text(value) if isinstance(value, str) else value


def _fold_case(value: str | None) -> str | None:
    return value.casefold() if value else None


_Label = Annotated[str | None, BeforeValidator(_flatten_label)]
_Milliseconds = Annotated[int, Field(ge=0, le=LATEST_MS)]


class Turn(Frozen):
    """The words of one speaker until the next one speaks, or one line of notes.

    Times count from the start of the call. `line` is the line of the source on which the turn
    begins, counted from 1. `heading` is set on a line of notes that only announces what follows:
    1 to 6 as in Markdown, 7 for a line all in bold.
    """

    speaker_id: Annotated[str, BeforeValidator(_flatten_speaker)]
    name: _Label = None
    email: Annotated[_Label, AfterValidator(_fold_case)] = None
    side: Side = Side.UNKNOWN
    start_ms: _Milliseconds | None = None
    end_ms: _Milliseconds | None = None
    text: Annotated[str, BeforeValidator(_flatten_words), Field(min_length=1)]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    heading: Annotated[int, Field(ge=1, le=7)] | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Turn":
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError("end_ms is before start_ms")
        return self


class Skipped(Frozen):
    """A part of a source that is in no turn, and the reason; its words are never repeated here."""

    line: int | None = None
    reason: str


class Transcript(Frozen):
    """The turns of one call or page in the order of the source, and what was left out of them."""

    turns: tuple[Turn, ...]
    skipped: tuple[Skipped, ...] = ()
