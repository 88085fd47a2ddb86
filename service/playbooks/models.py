"""Define a playbook: questions with their signals, probe and insight, word for word."""

import hashlib
import json
import re
import unicodedata
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from service.records import Frozen

__all__ = ["Playbook", "Question", "Signal", "SignalKind"]

_SEPARATORS = re.compile(r"(?:\s*[,;—]|(?<=[\"”])\s+or|(?<=[^.])\.)+$")


def _check_line(text: str) -> str:
    """Strip outer white space; refuse what fits in no table cell and no line of a prompt."""
    inside = text.strip(" \r\n").replace("\t", " ")
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in inside):
        raise ValueError("must be one line; in YAML, write > instead of |")
    return text.strip()


Line = Annotated[str, AfterValidator(_check_line)]
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S"), AfterValidator(_check_line)]


class SignalKind(StrEnum):
    """The column of the playbook that a signal comes from."""

    GOOD = "good"
    WEAK = "weak"


class Signal(Frozen):
    """One separately checkable point of the good or the weak column.

    `wording` is its part of the column as the author wrote it, with separators: the wordings of
    one kind, joined by single spaces, are the column.
    """

    id: Annotated[str, Field(pattern=r"^(good|weak)\.[1-9]\d*$", examples=["good.1"])]
    wording: Text

    @property
    def kind(self) -> SignalKind:
        return SignalKind(self.id.partition(".")[0])

    @property
    def text(self) -> str:
        """Give the wording without the comma, semicolon, full stop, dash or "or" that ends it."""
        return _SEPARATORS.sub("", self.wording) or self.wording


class Question(Frozen):
    """One playbook question; `number` counts from 1. The playbook adds its own id and digest."""

    number: Annotated[int, Field(ge=1)]
    text: Text
    signals: Annotated[tuple[Signal, ...], Field(min_length=2)]
    probe: Text
    insight: Line = ""
    playbook_id: SkipJsonSchema[Annotated[str, Field(exclude=True)]] = ""
    playbook_digest: SkipJsonSchema[Annotated[str, Field(exclude=True)]] = ""

    @property
    def id(self) -> str:
        """`<playbook>.<number>`, such as `data-engineering.3`."""
        return f"{self.playbook_id}.{self.number}"

    @cached_property
    def digest(self) -> str:
        """Give 12 hexadecimal digits that change when any word of the question does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def of_kind(self, kind: SignalKind) -> tuple[Signal, ...]:
        return tuple(signal for signal in self.signals if signal.kind is kind)

    def column(self, kind: SignalKind) -> str:
        """Give the whole good or weak column, as its author wrote it."""
        return " ".join(signal.wording for signal in self.of_kind(kind))

    @model_validator(mode="after")
    def _signals_are_numbered(self) -> Self:
        for kind in SignalKind:
            ids = [signal.id for signal in self.of_kind(kind)]
            if not ids:
                raise ValueError(f"question {self.number} has no {kind} signal; add at least one")
            if ids != sorted(set(ids), key=lambda i: int(i.partition(".")[2])):
                raise ValueError(f"question {self.number}: signal ids {ids} repeat or go backwards")
        return self


class Playbook(Frozen):
    """An ordered list of questions in one domain."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["data-engineering"])]
    title: Text
    goal: Line = ""
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]

    @cached_property
    def digest(self) -> str:
        """Give 12 hexadecimal digits that change when any word of the playbook does."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _questions_know_their_playbook(self) -> Self:
        numbers = [question.number for question in self.questions]
        if len(set(numbers)) < len(numbers):
            raise ValueError(f"question numbers {numbers} repeat; number each question once")
        owner = {"playbook_id": self.id, "playbook_digest": self.digest}
        owned = (question.model_copy(update=owner) for question in self.questions)
        object.__setattr__(self, "questions", tuple(owned))
        return self
