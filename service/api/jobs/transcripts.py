"""Routes: post a transcript, have every question in it graded."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Annotated, Any
from weakref import WeakValueDictionary

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from service.api.bodies import media_type_of
from service.api.jobs.desk import Desk, Outcome, Progress
from service.api.jobs.routes import TAKEN, shown
from service.api.jobs.schemas import JobView, digest_of, new_job
from service.api.problems import (
    InvalidRequest,
    ProblemError,
    SourceConflict,
    TooLarge,
    UnknownPlaybookId,
    UnreadableSource,
    UnsupportedMediaType,
)
from service.api.reasons import sendable
from service.api.schemas import EngagementId, PlaybookChoice
from service.assignment.passages import Passage
from service.grading.keeping import Keeper, Origin
from service.grading.passage_grader import Found, GradedPassage, Intake
from service.grading.scorecard import AUTO, playbook_of, score
from service.records import Frozen
from service.storage.grades import Identifier
from service.storage.jobs import CallPart, JobKind, Jobs, StoredJob
from service.transcripts.call_parts import whole_call
from service.transcripts.formats import Format
from service.transcripts.read_source import read
from service.transcripts.sides import with_sides
from service.transcripts.turns import IntakeError, Skipped, Transcript

__all__ = ["PATH", "CallGrading", "TranscriptRequest", "transcripts_router"]

PATH = "/v1/transcripts"
_TOOL = "transcript"
_FORMATS: dict[str, Format | None] = {
    "text/vtt": Format.WEBVTT,
    "application/x-subrip": Format.SRT,
    "text/srt": Format.SRT,
    "text/markdown": Format.NOTES,
    "text/plain": None,
    "application/json": None,
    "application/jsonl": Format.TURNS,
    "application/x-ndjson": Format.TURNS,
}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        media_type: {"schema": {"type": "string", "minLength": 1}}
        for media_type in _FORMATS
        if media_type != "application/json"
    }
    | {"application/json": {"schema": {"type": ["object", "array"]}}},
}


class TranscriptRequest(Frozen):
    """What is known of a transcript beside its words."""

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


class _Part(Frozen):
    """One delivery of a call, and who was said to speak for the customer."""

    transcript: Transcript
    customers: tuple[str, ...] = ()


def transcripts_router(desk: Desk, intake: Intake) -> APIRouter:
    """The route of transcripts, over the desk that takes them."""
    router = APIRouter(prefix=PATH, tags=["jobs"])

    @router.post(
        "",
        operation_id="gradeTranscript",
        summary="Grade a transcript",
        status_code=202,
        response_description="The job that grades it.",
        openapi_extra={"requestBody": _BODY},
        responses={
            **TAKEN,
            404: {"model": UnknownPlaybookId},
            409: {"model": SourceConflict},
            413: {"model": TooLarge},
            415: {"model": UnsupportedMediaType},
            422: {"model": InvalidRequest | UnreadableSource},
        },
    )
    async def grade_transcript(
        about: Annotated[TranscriptRequest, Query()], request: Request, response: Response
    ) -> JobView:
        """Find which question each passage of a call answers, and grade every one, as a job.

        The body is the transcript itself: WebVTT, SRT, Otter's text, Gong's or another tool's
        JSON, canonical turns as JSON Lines, or notes. It is read before it is taken, so that a
        broken one is refused at once, with the line.

        Parts of one call, in whatever order and however often they come, are joined: each gives
        the grades of the call as far as it is known by then.
        """
        source_format = about.format or _format_of(request)
        body = await request.body()
        intake.questions(playbook_of(about.playbook))  # an unknown one is told at once
        part = await asyncio.to_thread(_read, body, source_format, about)
        return shown(await desk.take(*_job(about, body, part)), response)

    return router


class CallGrading:
    """Grades calls, as far as they were delivered; one job of a call at a time.

    `ours` are the names and domains of our own side.
    """

    def __init__(self, jobs: Jobs, intake: Intake, keeper: Keeper, ours: Collection[str]) -> None:
        self._jobs = jobs
        self._ours = ours
        self._intake = intake
        self._keeper = keeper
        self._calls: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def grade(self, job: StoredJob, progress: Progress) -> Outcome:
        """The scorecard of all parts of the job's call; what was graded before is found again."""
        origin = Origin.model_validate(job.request["origin"])
        async with self._calls.setdefault((origin.tool, origin.call_id), asyncio.Lock()):
            kept = await self._jobs.find_parts(origin.tool, origin.call_id)
            parts = [_Part.model_validate(part.content) for part in kept]
            call = self._with_sides(parts)
            return await self._grade(call, str(job.request["playbook"]), origin, progress)

    def _with_sides(self, parts: Sequence[_Part]) -> Transcript:
        """The parts joined; a customer who has not spoken so far is reported beside the call."""
        call = whole_call(part.transcript for part in parts)
        customers = sorted({name for part in parts for name in part.customers})
        try:
            return with_sides(call, self._ours, customers)
        except IntakeError as error:
            skipped = (*call.skipped, Skipped(reason=error.message))
            call = with_sides(call, self._ours, customers, is_whole=False)
            return call.model_copy(update={"skipped": skipped})

    async def _grade(
        self, call: Transcript, playbook: str, origin: Origin, progress: Progress
    ) -> Outcome:
        total = finished = 0

        def on_found(found: Found) -> None:
            nonlocal total
            total = len(found.passages)

        async def grade(passage: Passage) -> GradedPassage:
            nonlocal finished
            result = sendable(await self._keeper.grade(passage, origin))
            finished += 1
            await progress(total, finished)
            return result

        card = await score(call, playbook, self._intake, grade, on_found=on_found)
        await progress(total, finished)
        ungraded = frozenset(each.ungraded.reason for each in card.results if each.ungraded)
        return Outcome(result=card, ungraded=ungraded)


def _format_of(request: Request) -> Format | None:
    said = media_type_of(request)
    if said not in _FORMATS:
        detail = f"Send the transcript as one of {', '.join(_FORMATS)}."
        raise ProblemError(UnsupportedMediaType(detail=detail))
    return _FORMATS[said]


def _read(body: bytes, source_format: Format | None, about: TranscriptRequest) -> _Part:
    """A name that is nobody's is refused now; in a part of a call it may be somebody's later."""
    transcript = read(body, source_format)
    with_sides(transcript, customers=about.customer, is_whole=about.call_id is None)
    return _Part(transcript=transcript, customers=about.customer)


def _job(about: TranscriptRequest, body: bytes, part: _Part) -> tuple[StoredJob, CallPart]:
    origin = Origin.of_words(part.transcript, about.tool, about.engagement_id)
    if about.call_id is not None:
        origin = origin.model_copy(update={"call_id": about.call_id})
    asked = about.model_dump_json(exclude={"event_id"}).encode()
    content = asked + b"\n" + body
    event = (about.event_id,) if about.event_id else ("", digest_of(content))
    job = new_job(
        JobKind.TRANSCRIPT,
        {"origin": origin.model_dump(mode="json"), "playbook": about.playbook},
        key=(origin.tool, origin.call_id, *event),
        content=content,
    )
    written = part.model_dump(mode="json", exclude_defaults=True)
    return job, CallPart(tool=origin.tool, call_id=origin.call_id, content=written)
