"""Define a judge: an answer goes in, and a grade comes out, or the reason why there is none."""

import secrets
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Protocol

from pydantic import Field, computed_field, model_validator

from service.errors import InvalidAnswer, LimitExceeded
from service.judging.review import Flag, ReviewReason, read_recorded_review
from service.llm.chat import Usage
from service.playbooks.models import Question, SignalKind
from service.reasons import Reason
from service.records import Frozen

__all__ = [
    "BETWEEN_TURNS",
    "MAX_ANSWER_CHARACTERS",
    "Answer",
    "AnswerTurn",
    "Evidence",
    "Grade",
    "Judge",
    "JudgeKind",
    "Provenance",
    "SignalGrade",
    "SignalStatus",
    "Ungraded",
    "Usage",
    "Verdict",
    "make_grade_id",
]

MAX_ANSWER_CHARACTERS = 20_000
BETWEEN_TURNS = "\n\n"  # offsets of stored grades count on it


class Verdict(StrEnum):
    """A judgement of how well an answer answers its question."""

    # What each one means is in prompts/verdicts.yaml, and from there in the OpenAPI document.

    GOOD = "good"
    PARTIAL = "partial"
    WEAK = "weak"
    UNANSWERED = "unanswered"


class SignalStatus(StrEnum):
    """A signal's part in an answer: shown, only planned, contradicted, or absent."""

    SHOWN = "shown"
    PLANNED = "planned"
    CONTRADICTED = "contradicted"
    ABSENT = "absent"


class JudgeKind(StrEnum):
    """The kind of judge that decided a grade; for a cascade, the one of its two that did."""

    LLM = "llm"
    EMBEDDED = "embedded"


class AnswerTurn(Frozen):
    """One speaker's words in an answer; only a customer's are evidence."""

    text: str
    side: Literal["customer", "seller"] = "customer"


class Answer(Frozen):
    """The customer's words on one question, and between them the probe, if one was asked."""

    turns: Annotated[tuple[AnswerTurn, ...], Field(min_length=1)]

    @cached_property
    def text(self) -> str:
        """The customer's turns, joined by blank lines; offsets of evidence count its characters."""
        return BETWEEN_TURNS.join(turn.text for turn in self.turns if turn.side == "customer")

    @property
    def is_letterless(self) -> bool:
        """True if the customer's words have neither a letter nor a digit."""
        return not any(character.isalnum() for character in self.text)

    @classmethod
    def of(cls, text: str) -> "Answer":
        """Make an answer of one customer turn.

        Raises InvalidAnswer if it is empty or white space, LimitExceeded over 20,000 characters.
        """
        answer = cls(turns=(AnswerTurn(text=text),))
        answer.check()
        return answer

    def check(self, what: str = "answer") -> None:
        """Raise InvalidAnswer for white space alone, LimitExceeded over 20,000 characters.

        `what` names the answer in the message.
        """
        if not self.text.strip():
            raise InvalidAnswer("the answer is empty; send the customer's words")
        if len(self.text) > MAX_ANSWER_CHARACTERS:
            raise LimitExceeded(what, limit=MAX_ANSWER_CHARACTERS, actual=len(self.text))

    def followed_by(self, probe: str, reply: "Answer") -> "Answer":
        """Join this answer, the probe that was asked after it, and the customer's reply to that."""
        return Answer(turns=(*self.turns, AnswerTurn(text=probe, side="seller"), *reply.turns))


class Evidence(Frozen):
    """A quote of the text that was graded, to the letter: `answer[start:end] == quote`.

    Offsets count Unicode characters (code points) from 0, not bytes and not UTF-16 units.
    """

    quote: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]

    @classmethod
    def at(cls, start: int, end: int, text: str) -> "Evidence":
        """Quote the answer's text from `start` to before `end`."""
        return cls(quote=text[start:end], start=start, end=end)


class SignalGrade(Frozen):
    """The status of one signal in an answer, with the words that show it."""

    id: str
    kind: SignalKind
    text: str
    status: SignalStatus
    evidence: tuple[Evidence, ...] = ()


class Provenance(Frozen):
    """The origin of a grade: enough to repeat it and to account for its cost.

    `cost_usd` is null if the model's price is unknown. `fallback_reason` says why the embedded
    judge graded in place of the LLM.
    """

    kind: JudgeKind
    model: str | None = None
    prompt: str | None = None
    prompt_digest: str | None = None
    playbook_digest: str
    cached: bool = False
    attempts: int = 0
    usage: Usage = Usage()
    cost_usd: float | None = 0.0
    latency_ms: int = 0
    fallback_reason: str | None = None


def make_grade_id() -> str:
    """Make a random id, which no other grade has."""
    return f"gr_{secrets.token_hex(12)}"


class Grade(Frozen):
    """A verdict with the customer's own words that prove it, the probe to ask and the insight.

    `confidence` is measured (0 to 1) or null. `probe` is null if the verdict is good.
    """

    id: str = Field(default_factory=make_grade_id, pattern=r"^gr_[0-9a-f]{24}$")
    question_id: str
    verdict: Verdict
    confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    review: Annotated[
        tuple[ReviewReason, ...],
        Field(description="Why a person should look at this grade; empty if nobody needs to."),
    ] = ()
    flags: tuple[Flag, ...] = ()
    signals: tuple[SignalGrade, ...]
    missing: tuple[str, ...]
    rationale: str
    probe: str | None
    insight: str
    judge: Provenance

    @computed_field  # type: ignore[prop-decorator]  # pydantic documents it so
    @property
    def needs_review(self) -> bool:
        """True if there is a reason to look at this grade."""
        return bool(self.review)

    @model_validator(mode="before")
    @classmethod
    def _read_needs_review(cls, document: object) -> object:
        """Accept `needs_review`, which follows from `review`, when a grade is read back.

        Grades of release 0.1.0 have nothing else. So grades of every release can be read from our
        own answers, files and tables.
        """
        if not isinstance(document, dict) or "needs_review" not in document:
            return document
        review = document.get("review", read_recorded_review(document))
        return {name: part for name, part in document.items() if name != "needs_review"} | {
            "review": review
        }

    @classmethod
    def of(
        cls,
        question: Question,
        verdict: Verdict,
        signals: tuple[SignalGrade, ...],
        *,
        rationale: str,
        judge: Provenance,
        confidence: float | None = None,
        review: tuple[ReviewReason, ...] = (),
        flags: tuple[Flag, ...] = (),
    ) -> "Grade":
        """Make a grade, whose missing signals, probe and insight follow from the question."""
        return cls(
            question_id=question.id,
            verdict=verdict,
            confidence=confidence,
            review=review,
            flags=flags,
            signals=signals,
            missing=tuple(
                signal.id
                for signal in signals
                if signal.kind is SignalKind.GOOD and signal.status is not SignalStatus.SHOWN
            ),
            rationale=rationale,
            probe=None if verdict is Verdict.GOOD else question.probe,
            insight=question.insight,
            judge=judge,
        )


class Ungraded(Frozen):
    """A result without an honest verdict; after `retry_after_s` it may be worth trying again."""

    reason: Reason
    detail: str
    retry_after_s: float | None = None

    def without_detail(self) -> "Ungraded":
        """Replace the judge's words, which may quote the model's reply or its server, by ours."""
        return self.model_copy(update={"detail": self.reason.explanation})


class Judge(Protocol):
    """Anything that grades an answer against its question.

    A judge never raises for what a model or a network did: that is an Ungraded with its reason.
    """

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """Grade the answer, or say why there is no grade."""
        ...

    async def aclose(self) -> None:
        """Give back connections and threads; a closed judge is not used again."""
        ...
