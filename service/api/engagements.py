"""Routes: the state of an engagement, and the engagements there are."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.api.bodies import choose_media_type, read_accept
from service.api.paging import CursorQuery, LimitQuery, NextCursor, cut_page, read_cursor
from service.api.problems import NotAcceptable, document_problems
from service.engagements.coverage import cover
from service.engagements.export import Form, export
from service.engagements.models import Attempt, Engagement
from service.errors import InvalidRequest, UnknownEngagement
from service.records import Frozen
from service.storage.engagements import EngagementRecord, PageCursor
from service.wiring import Parts

__all__ = ["engagements_router"]

_MEDIA_TYPES = {
    "application/json": Form.JSON,
    "text/markdown": Form.MARKDOWN,
    "text/csv": Form.CSV,
}
_NAMES = {form: media_type for media_type, form in _MEDIA_TYPES.items()}
_TEXT = {"schema": {"type": "string"}}

FormatQuery = Annotated[
    Form | None, Query(alias="format", description="What to answer with, whatever is accepted.")
]


class EngagementPage(Frozen):
    """A page of engagements; ask for the next with `cursor` set to `next_cursor`."""

    engagements: tuple[EngagementRecord, ...]
    next_cursor: NextCursor


def engagements_router(parts: Parts) -> APIRouter:
    """Make the routes of engagements, which are derived from the stored grades on each request."""
    router = APIRouter(prefix="/v1/engagements", tags=["engagements"])

    @router.get(
        "",
        operation_id="listEngagements",
        summary="List the engagements",
        response_description="A page of engagements, the one graded last first.",
        responses=document_problems(InvalidRequest),
    )
    async def list_engagements(
        limit: Annotated[LimitQuery, Query()] = 50, cursor: Annotated[CursorQuery, Query()] = None
    ) -> EngagementPage:
        """List the engagements that have grades, the one graded last first."""
        after = read_cursor(cursor, PageCursor)
        found = await parts.engagements.list_page(limit + 1, after)
        page, next_cursor = cut_page(found, limit, PageCursor)
        return EngagementPage(engagements=tuple(page), next_cursor=next_cursor)

    @router.get(
        # An engagement's id is the caller's, and may have a slash.
        "/{engagement_id:path}",
        operation_id="getEngagement",
        summary="Get an engagement",
        response_model=Engagement,
        response_description="The engagement as it stands now.",
        responses={
            200: {"content": {"text/markdown": _TEXT, "text/csv": _TEXT}},
            **document_problems(UnknownEngagement, NotAcceptable, InvalidRequest),
        },
    )
    async def get_engagement(
        request: Request, engagement_id: str, form: FormatQuery = None
    ) -> Response:
        """Get what is covered, the latest grade of each question, and the probes still to ask.

        As JSON, as a Markdown scorecard or as CSV: name the `format`, or accept its media type.
        """
        chosen = form or _choose_form(request)
        tried = await parts.grades.find_by_engagement(engagement_id)
        engagement = cover(engagement_id, map(Attempt.of, tried), parts.catalogue)
        return Response(
            export(engagement, chosen), media_type=_NAMES[chosen], headers=_headers(chosen)
        )

    return router


def _choose_form(request: Request) -> Form:
    media_type = choose_media_type(read_accept(request), tuple(_MEDIA_TYPES))
    if media_type is None:
        raise NotAcceptable(tuple(_MEDIA_TYPES))
    return _MEDIA_TYPES[media_type]


def _headers(form: Form) -> dict[str, str]:
    """Keep caches from mixing the forms up, and browsers from showing one as a page."""
    headers = {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if form is Form.CSV:
        headers["Content-Disposition"] = 'attachment; filename="engagement.csv"'
    return headers
