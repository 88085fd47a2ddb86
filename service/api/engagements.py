"""Routes: how an engagement stands, and which engagements there are."""

import base64
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.api.negotiation import preferred
from service.api.problems import (
    FieldFault,
    InvalidRequest,
    NotAcceptable,
    ProblemError,
    UnknownEngagementId,
)
from service.api.schemas import EngagementPage
from service.engagements.coverage import cover
from service.engagements.exports import Form, export
from service.engagements.models import Attempt, Engagement
from service.playbooks.catalogue import Catalogue
from service.storage.engagements import Place
from service.storage.grades import Grades

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


def engagements_router(catalogue: Catalogue, grades: Grades) -> APIRouter:
    """The routes of engagements, which are told from the kept grades on each request."""
    router = APIRouter(prefix="/v1/engagements", tags=["engagements"])

    @router.get(
        "",
        operation_id="listEngagements",
        summary="List the engagements",
        response_description="A page of engagements, the one graded last first.",
        responses={422: {"model": InvalidRequest}},
    )
    async def list_engagements(
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[
            str | None, Query(description="`next_cursor` of the page before.")
        ] = None,
    ) -> EngagementPage:
        """List the engagements that have grades, the one graded last first."""
        records = await grades.list_engagements(limit + 1, _place(cursor) if cursor else None)
        more = len(records) > limit
        return EngagementPage(
            engagements=tuple(records[:limit]),
            next_cursor=_cursor(records[limit - 1]) if more else None,
        )

    @router.get(
        # An engagement's id is the caller's, and may hold a slash.
        "/{engagement_id:path}",
        operation_id="getEngagement",
        summary="Get an engagement",
        response_model=Engagement,
        response_description="The engagement as it stands now.",
        responses={
            200: {"content": {"text/markdown": _TEXT, "text/csv": _TEXT}},
            404: {"model": UnknownEngagementId},
            406: {"model": NotAcceptable},
            422: {"model": InvalidRequest},
        },
    )
    async def get_engagement(
        request: Request, engagement_id: str, form: FormatQuery = None
    ) -> Response:
        """Get what is covered, the latest grade of each question, and the probes still to ask.

        As JSON, as a Markdown scorecard or as CSV: name the `format`, or accept its media type.
        """
        chosen = form or _form(",".join(request.headers.getlist("accept")))
        tried = await grades.find_by_engagement(engagement_id)
        engagement = cover(engagement_id, map(Attempt.of, tried), catalogue)
        return Response(
            export(engagement, chosen), media_type=_NAMES[chosen], headers=_headers(chosen)
        )

    return router


def _form(accept: str) -> Form:
    media_type = preferred(accept, tuple(_MEDIA_TYPES))
    if media_type is None:
        raise ProblemError(NotAcceptable(offered=tuple(_MEDIA_TYPES)))
    return _MEDIA_TYPES[media_type]


def _headers(form: Form) -> dict[str, str]:
    """So that no cache mixes the forms up, and no browser takes one for a page."""
    headers = {"Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if form is Form.CSV:
        headers["Content-Disposition"] = 'attachment; filename="engagement.csv"'
    return headers


def _cursor(place: Place) -> str:
    content = place.model_dump_json(include=set(Place.model_fields))
    return base64.urlsafe_b64encode(content.encode()).decode()


def _place(cursor: str) -> Place:
    try:
        place = Place.model_validate_json(base64.urlsafe_b64decode(cursor))
        place.updated_at.astimezone(UTC)
    except (ValueError, OverflowError):
        fault = FieldFault(pointer="/cursor", detail="Should be a cursor that was given here")
        raise ProblemError(InvalidRequest(errors=(fault,))) from None
    return place
