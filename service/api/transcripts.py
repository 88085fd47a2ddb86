"""Routes: post a transcript, have every question in it graded."""

import asyncio
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.bodies import read_media_type
from service.api.grades import EngagementId
from service.api.jobs import TAKEN, JobView, show_taken
from service.api.playbooks import PlaybookChoice
from service.api.problems import UnsupportedMediaType, document_problems
from service.api.transcript_bodies import describe_body
from service.errors import (
    InvalidRequest,
    LimitExceeded,
    SourceReused,
    UnknownPlaybook,
    UnreadableSource,
)
from service.grading.passage_grader import Origin
from service.grading.scorecard import AUTO
from service.jobs.calls import DeliveredPart, new_call_job
from service.records import Frozen
from service.storage.identifiers import Identifier
from service.storage.jobs import CallPart, StoredJob
from service.transcripts.formats import MEDIA_TYPES, Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import is_address, refuse_unknown_names, resolve_sides
from service.wiring import Parts

__all__ = ["PATH", "TranscriptRequest", "transcripts_router"]

PATH = "/v1/transcripts"
_TOOL = "transcript"


class TranscriptRequest(Frozen):
    """What is known of a transcript besides its words."""

    playbook: PlaybookChoice = AUTO
    engagement_id: EngagementId = None
    format: Annotated[
        Format | None,
        Field(description="How it is written; by default the content type and the words tell."),
    ] = None
    customer: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        Field(
            description="Who speaks for the customer: a name, company, e-mail address, domain or "
            "speaker id. Needed where the source does not tell and PROBEWISE_OURS is not set.",
            max_length=50,
        ),
    ] = ()
    ours: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=200)], ...],
        Field(
            description="Who speaks for us in this call: a name, company, e-mail address, domain "
            "or speaker id. Repeat it for each; PROBEWISE_OURS counts too.",
            max_length=50,
        ),
    ] = ()
    tool: Annotated[Identifier, Field(description="The tool it comes from.")] = _TOOL
    call_id: Annotated[
        Identifier | None,
        Field(description="The tool's name for the call. Parts with the same are one call."),
    ] = None
    event_id: Annotated[
        Identifier | None,
        Field(description="The tool's name for this delivery; sent again, it gets the same job."),
    ] = None

    @model_validator(mode="after")
    def _an_event_is_of_a_call(self) -> "TranscriptRequest":
        if self.event_id is not None and self.call_id is None:
            raise PydanticCustomError("event_of_no_call", "An event_id needs its call_id")
        return self


def transcripts_router(parts: Parts) -> APIRouter:
    """Make the route of transcripts."""
    router = APIRouter(prefix=PATH, tags=["jobs"])

    @router.post(
        "",
        operation_id="gradeTranscript",
        summary="Grade a transcript",
        status_code=202,
        response_description="The job that grades it.",
        openapi_extra={"requestBody": describe_body()},
        responses={
            **TAKEN,
            **document_problems(
                UnknownPlaybook,
                SourceReused,
                LimitExceeded,
                UnsupportedMediaType,
                InvalidRequest,
                UnreadableSource,
            ),
        },
    )
    async def grade_transcript(
        about: Annotated[TranscriptRequest, Query()], request: Request, response: Response
    ) -> JobView:
        """Find which question each passage of a call answers, and grade every one, as a job.

        The body is the transcript itself, in any of the formats whose schemas and examples are
        here. It is read before it is taken, so that a broken one is refused at once, with the
        line and everything that is wrong.

        Parts of one call, in whatever order and however often they come, are joined: each gives
        the grades of the call as far as it is known by then.
        """
        source_format = about.format or _format_of(request)
        body = await request.body()
        parts.passages.list_questions(about.playbook)  # an unknown one is told at once
        known = (*parts.settings.ours, *about.ours, *about.customer)
        part = await asyncio.to_thread(_read_part, body, source_format, about, known)
        job = await parts.queue.submit(*_new_job(about, body, part))
        return await show_taken(job, response, parts)

    return router


def _format_of(request: Request) -> Format | None:
    media_type = read_media_type(request)
    if media_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"Send the transcript as one of {', '.join(MEDIA_TYPES)}.")
    return MEDIA_TYPES[media_type]


def _read_part(
    body: bytes, source_format: Format | None, about: TranscriptRequest, known: Collection[str]
) -> DeliveredPart:
    """Read the transcript, and refuse a name that is nobody's.

    In a part of a call such a name is taken: it may be somebody's later.
    """
    transcript = read_source(body, source_format, known=known)
    if about.call_id is None:
        refuse_unknown_names(transcript, [name for name in about.ours if not is_address(name)])
    resolve_sides(transcript, about.ours, about.customer, is_whole=about.call_id is None)
    return DeliveredPart(transcript=transcript, customers=about.customer, ours=about.ours)


def _new_job(
    about: TranscriptRequest, body: bytes, part: DeliveredPart
) -> tuple[StoredJob, CallPart]:
    origin = Origin.of_words(part.transcript, about.tool, about.engagement_id)
    if about.call_id is not None:
        origin = origin.model_copy(update={"call_id": about.call_id})
    # Without `ours` it is what release 0.1.0 took, so that its events are known again.
    left_out = {"event_id"} if about.ours else {"event_id", "ours"}
    asked = about.model_dump_json(exclude=left_out).encode()
    content = asked + b"\n" + body
    return new_call_job(part, origin, about.playbook, event_id=about.event_id, content=content)
