"""What the API takes, and what it shows of playbooks and engagements."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.judging.models import MAX_ANSWER_CHARACTERS
from service.playbooks.models import Playbook, Question, SignalKind
from service.records import Frozen
from service.storage.engagements import EngagementRecord
from service.storage.grades import Identifier, Source

__all__ = [
    "GRADE_ID",
    "EngagementId",
    "EngagementPage",
    "GradeRequest",
    "PlaybookChoice",
    "PlaybookSummary",
    "PlaybookView",
    "QuestionView",
    "SignalView",
    "Standing",
]

GRADE_ID = r"^gr_[0-9a-f]{24}$"


EngagementId = Annotated[
    Identifier | None, Field(description="The customer deep-dive this belongs to.")
]
PlaybookChoice = Annotated[
    Identifier, Field(description="Whose questions to look for; `auto`: those of every one.")
]


def _storable(text: str) -> str:
    """Databases refuse both of these, so they are refused before anyone pays for a grade."""
    if "\0" in text:
        raise PydanticCustomError("nul_character", "String should not hold a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError(
            "lone_surrogate", "String should not hold half of a surrogate pair"
        ) from None
    return text


class GradeRequest(Frozen):
    """One answer to grade, in the customer's words."""

    question_id: Annotated[Identifier, Field(examples=["data-engineering.3"])]
    # The schema states the limits that Answer.of enforces, which has its own problems for them.
    answer: Annotated[
        str,
        AfterValidator(_storable),
        Field(
            description="What the customer said, one or more turns.",
            json_schema_extra={
                "minLength": 1,
                "maxLength": MAX_ANSWER_CHARACTERS,
                "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
            },
        ),
    ]
    engagement_id: EngagementId = None
    source: Annotated[
        Source | None,
        Field(description="The event this comes from; sent again, it gets the same grade."),
    ] = None
    follows: Annotated[
        Annotated[str, Field(pattern=GRADE_ID)] | None,
        Field(description="Id of the grade whose probe this answer replies to."),
    ] = None


class SignalView(Frozen):
    """One separately checkable point of the good or the weak column."""

    id: str
    kind: SignalKind
    text: str


class QuestionView(Frozen):
    """A playbook question with everything an SA needs to ask it and to follow it up."""

    id: str
    playbook_id: str
    number: int
    text: str
    signals: tuple[SignalView, ...]
    probe: str
    insight: str

    @classmethod
    def of(cls, question: Question) -> "QuestionView":
        return cls(
            id=question.id,
            playbook_id=question.playbook_id,
            number=question.number,
            text=question.text,
            signals=tuple(
                SignalView(id=signal.id, kind=signal.kind, text=signal.text)
                for signal in question.signals
            ),
            probe=question.probe,
            insight=question.insight,
        )


class PlaybookSummary(Frozen):
    """A playbook without its questions; `questions` counts them."""

    id: str
    title: str
    goal: str
    digest: Annotated[str, Field(description="Changes when any word of the playbook does.")]
    questions: int

    @classmethod
    def of(cls, playbook: Playbook) -> "PlaybookSummary":
        return cls(
            id=playbook.id,
            title=playbook.title,
            goal=playbook.goal,
            digest=playbook.digest,
            questions=len(playbook.questions),
        )


class PlaybookView(Frozen):
    """A playbook with its questions, in order."""

    id: str
    title: str
    goal: str
    digest: str
    questions: tuple[QuestionView, ...]

    @classmethod
    def of(cls, playbook: Playbook) -> "PlaybookView":
        return cls(
            id=playbook.id,
            title=playbook.title,
            goal=playbook.goal,
            digest=playbook.digest,
            questions=tuple(QuestionView.of(question) for question in playbook.questions),
        )


class EngagementPage(Frozen):
    """A page of engagements; ask for the next with `cursor` set to `next_cursor`."""

    engagements: tuple[EngagementRecord, ...]
    next_cursor: Annotated[str | None, Field(description="Null on the last page.")]


class Standing(Frozen):
    """What a load balancer wants to know."""

    status: Literal["live", "ready"]
