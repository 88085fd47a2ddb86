"""Routes: the loaded playbooks and their questions."""

from fastapi import APIRouter

from service.api.problems import UnknownPlaybookId, UnknownQuestionId
from service.api.schemas import PlaybookSummary, PlaybookView, QuestionView
from service.playbooks.catalogue import Catalogue

__all__ = ["playbooks_router"]


def playbooks_router(catalogue: Catalogue) -> APIRouter:
    """The routes of playbooks and questions."""
    router = APIRouter(prefix="/v1", tags=["playbooks"])

    @router.get("/playbooks", operation_id="listPlaybooks", summary="List the playbooks")
    async def list_playbooks() -> list[PlaybookSummary]:
        """List the loaded playbooks, without their questions."""
        return [PlaybookSummary.of(playbook) for playbook in catalogue.playbooks]

    @router.get(
        "/playbooks/{playbook_id}",
        operation_id="getPlaybook",
        summary="Get a playbook",
        responses={404: {"model": UnknownPlaybookId}},
    )
    async def get_playbook(playbook_id: str) -> PlaybookView:
        """Get a playbook with its questions, in order."""
        return PlaybookView.of(catalogue.playbook(playbook_id))

    @router.get(
        "/questions/{question_id}",
        operation_id="getQuestion",
        summary="Get a question",
        responses={404: {"model": UnknownQuestionId}},
    )
    async def get_question(question_id: str) -> QuestionView:
        """Get a question with its signals, probe and insight."""
        return QuestionView.of(catalogue.question(question_id))

    return router
