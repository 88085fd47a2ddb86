"""Routes: is the process alive, can it grade."""

from fastapi import APIRouter

from service.api.problems import NotReady, ProblemError
from service.api.schemas import Standing
from service.playbooks.catalogue import Catalogue
from service.storage.grades import Grades

__all__ = ["health_router"]


def health_router(catalogue: Catalogue, grades: Grades) -> APIRouter:
    """The routes that load balancers and orchestrators ask."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", operation_id="getLiveness", summary="Is the process alive?")
    async def get_liveness() -> Standing:
        """Always answers 200; restart the process where it does not."""
        return Standing(status="live")

    @router.get(
        "/readyz",
        operation_id="getReadiness",
        summary="Can it grade?",
        responses={503: {"model": NotReady}},
    )
    async def get_readiness() -> Standing:
        """Answers 200 once playbooks are loaded and the database can be reached."""
        if not catalogue.playbooks:
            raise ProblemError(NotReady(detail="No playbook is loaded."))
        if not await grades.is_ready():
            raise ProblemError(NotReady(detail="The database can't be reached, or has no tables."))
        return Standing(status="ready")

    return router
