"""Define an engagement: the state of each question, and the attempts that led to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from service.judging.models import Grade, Ungraded, Verdict
from service.reasons import Reason
from service.records import Frozen
from service.storage.grades import StoredGrade

__all__ = [
    "Attempt",
    "Counts",
    "Engagement",
    "HistoryEntry",
    "OpenProbe",
    "PlaybookCoverage",
    "QuestionCoverage",
    "QuestionStatus",
]


class QuestionStatus(StrEnum):
    """The state of a question.

    It is open until the customer has answered it; an answer graded `unanswered` leaves it open. It
    is ungraded if something was said and no verdict was reached on any of it.
    """

    OPEN = "open"
    ANSWERED = "answered"
    UNGRADED = "ungraded"


@dataclass(frozen=True)
class Attempt:
    """One answer that the judge got; `follows` is the grade whose probe it replies to.

    A graded attempt has the id of its grade.
    """

    id: str
    question_id: str
    at: datetime
    result: Grade | Ungraded
    answer: str
    follows: str | None = None

    @classmethod
    def of(cls, stored: StoredGrade) -> "Attempt":
        return cls(
            id=stored.id,
            question_id=stored.question_id,
            at=stored.created_at,
            result=Grade.model_validate(stored.grade),
            follows=stored.follows,
            answer=stored.answer,
        )


class HistoryEntry(Frozen):
    """An attempt in a question's history; an ungraded one has a reason instead of a verdict."""

    id: str
    at: AwareDatetime
    verdict: Verdict | None = None
    reason: Reason | None = None
    follows: Annotated[
        str | None, Field(description="Id of the grade whose probe this replied to.")
    ] = None


class QuestionCoverage(Frozen):
    """The state of one question; `latest` is its latest grade, which replaced the earlier ones."""

    id: str
    text: Annotated[
        str | None, Field(description="Null if no loaded playbook has the question any more.")
    ]
    status: QuestionStatus
    latest: Grade | None = None
    latest_at: AwareDatetime | None = None
    latest_answer: Annotated[
        str | None,
        Field(
            description="The text that `latest` is of, in which the offsets of its evidence count: "
            "the answers that it follows, oldest first, and its own, with a blank line between two."
        ),
    ] = None
    history: Annotated[
        tuple[HistoryEntry, ...],
        Field(description="Every attempt, also that of the latest grade, oldest first."),
    ] = ()

    @property
    def earlier(self) -> tuple[Verdict, ...]:
        """List the verdicts that the latest grade replaced, oldest first."""
        return tuple(entry.verdict for entry in self.history if entry.verdict)[:-1]

    @property
    def ungraded_since(self) -> tuple[HistoryEntry, ...]:
        """List the ungraded attempts after the latest grade, or all if there is no grade."""
        grades = [n for n, entry in enumerate(self.history) if entry.verdict]
        return self.history[grades[-1] + 1 if grades else 0 :]


class Counts(Frozen):
    """The number of questions, also by status and by the verdict of their latest grade."""

    questions: int
    statuses: Mapping[QuestionStatus, int]
    verdicts: Mapping[Verdict, int]


class PlaybookCoverage(Frozen):
    """A playbook of which something was asked, with all its questions in order."""

    id: str
    title: Annotated[str | None, Field(description="Null if the playbook is not loaded.")]
    counts: Counts
    questions: tuple[QuestionCoverage, ...]

    @property
    def asked(self) -> tuple[QuestionCoverage, ...]:
        """List the questions on which something was said."""
        return tuple(question for question in self.questions if question.history)


class OpenProbe(Frozen):
    """The probe to ask next on a question whose latest verdict is not good.

    Send the reply with `follows` set to `grade_id`: then this probe counts as asked.
    """

    question_id: str
    grade_id: str
    verdict: Verdict
    probe: str
    asked_before: Annotated[
        int, Field(ge=0, description="Number of graded replies to this question's probes.")
    ]


class Engagement(Frozen):
    """One customer's deep-dive: what is covered, what is weak, what to ask next.

    Playbooks and questions, here and in each list, are in the order in which they are loaded.
    """

    id: str
    started_at: AwareDatetime
    updated_at: AwareDatetime
    counts: Counts
    playbooks: tuple[PlaybookCoverage, ...]
    probes: Annotated[
        tuple[OpenProbe, ...], Field(description="The probes that are still to be asked.")
    ]
    needs_review: Annotated[
        tuple[str, ...],
        Field(description="Ids of the questions whose latest grade a person should look at."),
    ]

    @property
    def questions(self) -> tuple[QuestionCoverage, ...]:
        return tuple(question for playbook in self.playbooks for question in playbook.questions)

    @property
    def unasked(self) -> tuple[QuestionCoverage, ...]:
        """List the questions on which nothing was said yet."""
        return tuple(question for question in self.questions if not question.history)
