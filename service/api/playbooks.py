"""Routes: the loaded playbooks and their questions."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.api.problems import document_problems
from service.errors import UnknownPlaybook, UnknownQuestion
from service.grading.scorecard import AUTO
from service.playbooks.models import Playbook, Question, SignalKind
from service.records import Frozen
from service.storage.identifiers import Identifier
from service.wiring import Parts

__all__ = ["PlaybookChoice", "PlaybookSummary", "PlaybookView", "QuestionView", "playbooks_router"]

PlaybookChoice = Annotated[
    Identifier, Field(description=f"Whose questions to look for; `{AUTO}`: those of every one.")
]


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


def playbooks_router(parts: Parts) -> APIRouter:
    """Make the routes of playbooks and questions."""
    router = APIRouter(prefix="/v1", tags=["playbooks"])

    @router.get("/playbooks", operation_id="listPlaybooks", summary="List the playbooks")
    async def list_playbooks() -> list[PlaybookSummary]:
        """List the loaded playbooks, without their questions."""
        return [PlaybookSummary.of(playbook) for playbook in parts.catalogue.playbooks]

    @router.get(
        "/playbooks/{playbook_id}",
        operation_id="getPlaybook",
        summary="Get a playbook",
        responses=document_problems(UnknownPlaybook),
    )
    async def get_playbook(playbook_id: str) -> PlaybookView:
        """Get a playbook with its questions, in order."""
        return PlaybookView.of(parts.catalogue.playbook(playbook_id))

    @router.get(
        "/questions/{question_id}",
        operation_id="getQuestion",
        summary="Get a question",
        responses=document_problems(UnknownQuestion),
    )
    async def get_question(question_id: str) -> QuestionView:
        """Get a question with its signals, probe and insight."""
        return QuestionView.of(parts.catalogue.question(question_id))

    return router
