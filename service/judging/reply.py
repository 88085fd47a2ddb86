"""Define the reply that a model must give to be graded by: its schema, and a strict parser."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from service.errors import MalformedReply
from service.judging.answer_text import is_invisible
from service.judging.models import SignalStatus, Verdict
from service.llm.chat import OutputSchema
from service.llm.only_object import parse_only_object
from service.llm.structured_output import make_object_schema
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["Claim", "Reply", "make_reply_schema", "parse_reply"]

_NO_VERDICT = "none"
_MOST_REASONS = 20  # sent back to the model, which may have written thousands of fields


def _drop_harmless(given: object, fields: Iterable[str]) -> object:
    """Leave out fields that the format does not have and that name no verdict.

    Small models add a confidence or a note. A second verdict stays, and is refused.
    """
    if not isinstance(given, dict):
        return given
    known = set(fields)
    return {n: value for n, value in given.items() if n in known or _may_be_verdict(value)}


def _may_be_verdict(value: object) -> bool:
    return isinstance(value, dict | list) or _fold_word(value) in set(Verdict)


def _fold_word(value: object) -> object:
    """Read GOOD and Good as good, and nothing else: a word with a full stop is another word."""
    return value.strip().lower() if isinstance(value, str) else value


def _read_none(value: object) -> object:
    folded = _fold_word(value)
    return None if folded == _NO_VERDICT else folded


class Claim(Frozen):
    """A model's word on one signal, with a quote that is not verified yet."""

    status: Annotated[SignalStatus, BeforeValidator(_fold_word)]
    quote: str

    @model_validator(mode="before")
    @classmethod
    def _read_known(cls, given: object) -> object:
        return _drop_harmless(given, cls.model_fields)

    @field_validator("quote", mode="before")
    @classmethod
    def _read_null_as_empty(cls, value: object) -> object:
        return "" if value is None else value


class Reply(Frozen):
    """One whole reply, signals first, so that the model writes its verdict after the evidence."""

    signals: dict[str, Claim]
    rationale: str
    verdict: Annotated[Verdict, BeforeValidator(_fold_word)]

    @property
    def is_borderline(self) -> bool:
        """Tell whether the model sees another verdict that could be defended."""
        return False

    @model_validator(mode="before")
    @classmethod
    def _read_known(cls, given: object) -> object:
        return _drop_harmless(given, cls.model_fields)

    @field_validator("rationale")
    @classmethod
    def _drop_unstorable(cls, value: str) -> str:
        """Leave out control characters and lone surrogates: JSON allows them, databases do not."""
        return "".join(character for character in value if not is_invisible(character))[:2000]


class ReplyWithSecond(Reply):
    """A reply that also names the other verdict that a careful colleague could defend, if any."""

    second: Annotated[Verdict | None, BeforeValidator(_read_none)]

    @property
    def is_borderline(self) -> bool:
        return self.second not in {None, self.verdict}


def make_reply_schema(question: Question, *, with_second: bool = False) -> OutputSchema:
    """Make the strict schema of a reply on this question: every signal once, nothing else."""
    verdicts = [verdict.value for verdict in Verdict]
    second = {"second": {"type": "string", "enum": [*verdicts, _NO_VERDICT]}}
    claim = make_object_schema(
        {
            "status": {"type": "string", "enum": [status.value for status in SignalStatus]},
            "quote": {"type": "string"},
        }
    )
    schema = make_object_schema(
        {
            "signals": make_object_schema({signal.id: claim for signal in question.signals}),
            "rationale": {"type": "string"},
            "verdict": {"type": "string", "enum": verdicts},
            **(second if with_second else {}),
        }
    )
    return OutputSchema(name="grade", purpose="grade this answer", schema=schema)


def parse_reply(text: str, question: Question, *, with_second: bool = False) -> Reply:
    """Read the one reply in a text; see parse_only_object for what may surround it.

    Verdicts and statuses may be in capitals, and further fields that name no verdict are passed
    over. Raises MalformedReply if there is no JSON object or more than one, a field or signal is
    missing or repeated, a signal is unknown, or a verdict or status is not on the list. Its reasons
    quote neither the model nor the customer, since they are shown and logged.
    """
    try:
        form = ReplyWithSecond if with_second else Reply
        reply = form.model_validate(parse_only_object(text))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise MalformedReply([_explain_fault(fault) for fault in faults[:_MOST_REASONS]]) from error
    asked = {signal.id for signal in question.signals}
    reasons = [f"signal {i} is missing" for i in sorted(asked - reply.signals.keys())]
    if reply.signals.keys() - asked:
        reasons.append(f"unknown signal ids; use only {', '.join(sorted(asked))}")
    if reasons:
        raise MalformedReply(reasons)
    return reply


def _explain_fault(fault: ErrorDetails) -> str:
    # The path to a fault holds keys that the model wrote: only those we know may be repeated.
    known = {"signals", "rationale", "verdict", "second", "status", "quote"}
    steps = [
        str(s) for s in fault["loc"] if s in known or re.fullmatch(r"(good|weak)\.\d+", str(s))
    ]
    if fault["type"] == "extra_forbidden":
        return f"{'.'.join(steps) or 'reply'}: a field that the format does not have"
    return f"{'.'.join(steps)}: {fault['msg']}"
