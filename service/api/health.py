"""Routes: is the process alive, can it grade."""

from typing import Literal

from fastapi import APIRouter

from service.api.problems import NotReady, document_problems
from service.errors import StorageUnavailable
from service.records import Frozen
from service.wiring import Parts

__all__ = ["Standing", "health_router"]


class Standing(Frozen):
    """What a load balancer wants to know."""

    status: Literal["live", "ready"]


def health_router(parts: Parts) -> APIRouter:
    """Make the routes that load balancers and orchestrators ask."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", operation_id="getLiveness", summary="Is the process alive?")
    async def get_liveness() -> Standing:
        """Always answers 200; restart the process if it does not."""
        return Standing(status="live")

    @router.get(
        "/readyz",
        operation_id="getReadiness",
        summary="Can it grade?",
        responses=document_problems(NotReady),
    )
    async def get_readiness() -> Standing:
        """Answers 200 once playbooks are loaded and the database can be written.

        It writes a row and deletes it, because a full disk or a lock lets itself be read.
        """
        if not parts.catalogue.playbooks:
            raise NotReady("No playbook is loaded.")
        try:
            await parts.database.check_writable()
        except StorageUnavailable as error:
            raise NotReady(f"{error.trouble[0].upper()}{error.trouble[1:]}.") from error
        return Standing(status="ready")

    return router
