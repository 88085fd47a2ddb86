"""Define the reply that a model must give to be graded by: its schema, and a strict parser."""

import re

from pydantic import ValidationError, field_validator
from pydantic_core import ErrorDetails

from service.errors import MalformedReply
from service.judging.answer_text import is_invisible
from service.judging.models import SignalStatus, Verdict
from service.llm.chat import OutputSchema
from service.llm.structured_output import make_object_schema, parse_only_object
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["Claim", "Reply", "make_reply_schema", "parse_reply"]


class Claim(Frozen):
    """A model's word on one signal, with a quote that is not verified yet."""

    status: SignalStatus
    quote: str

    @field_validator("quote", mode="before")
    @classmethod
    def _read_null_as_empty(cls, value: object) -> object:
        return "" if value is None else value


class Reply(Frozen):
    """One whole reply, signals first, so that the model writes its verdict after the evidence."""

    signals: dict[str, Claim]
    rationale: str
    verdict: Verdict

    @field_validator("rationale")
    @classmethod
    def _drop_unstorable(cls, value: str) -> str:
        """Leave out control characters and lone surrogates: JSON allows them, databases do not."""
        return "".join(character for character in value if not is_invisible(character))[:2000]


def make_reply_schema(question: Question) -> OutputSchema:
    """Make the strict schema of a reply on this question: every signal once, nothing else."""
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
            "verdict": {"type": "string", "enum": [verdict.value for verdict in Verdict]},
        }
    )
    return OutputSchema(name="grade", purpose="grade this answer", schema=schema)


def parse_reply(text: str, question: Question) -> Reply:
    """Read the one reply in a text; prose around it is allowed.

    Raises MalformedReply if there is no JSON object or more than one, a field or signal is missing,
    repeated or unknown, or a verdict or status is not on the list. Its reasons quote neither the
    model nor the customer, since they are shown and logged.
    """
    try:
        reply = Reply.model_validate(parse_only_object(text))
    except ValidationError as error:
        raise MalformedReply([_explain_fault(fault) for fault in error.errors()]) from error
    asked = {signal.id for signal in question.signals}
    reasons = [f"signal {i} is missing" for i in sorted(asked - reply.signals.keys())]
    if reply.signals.keys() - asked:
        reasons.append(f"unknown signal ids; use only {', '.join(sorted(asked))}")
    if reasons:
        raise MalformedReply(reasons)
    return reply


def _explain_fault(fault: ErrorDetails) -> str:
    # The path to a fault holds keys that the model wrote: only those we know may be repeated.
    known = {"signals", "rationale", "verdict", "status", "quote"}
    steps = [
        str(s) for s in fault["loc"] if s in known or re.fullmatch(r"(good|weak)\.\d+", str(s))
    ]
    if fault["type"] == "extra_forbidden":
        return f"{'.'.join(steps) or 'reply'}: a field that the format does not have"
    return f"{'.'.join(steps)}: {fault['msg']}"
