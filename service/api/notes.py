"""Routes: post a page of notes, get every question in it graded."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from service.api.bodies import require_json
from service.api.negotiation import preferred
from service.api.notes_examples import STREAM
from service.api.problems import (
    RETRY_AFTER,
    BrokenJson,
    InvalidRequest,
    NotAcceptable,
    ProblemError,
    TooLarge,
    Unassigned,
    UnknownPlaybookId,
    UnreadableSource,
    UnsupportedMediaType,
)
from service.api.reasons import sendable
from service.api.schemas import EngagementId, PlaybookChoice
from service.api.streaming import EVENT_STREAM, EventStream, Tell
from service.assignment.passages import Moment, Passage, Place
from service.grading.keeping import Keeper, Origin
from service.grading.passage_grader import Found, GradedPassage, Intake
from service.grading.scorecard import AUTO, Scorecard, playbook_of, score
from service.records import Frozen
from service.storage.grades import Source
from service.transcripts.formats import Format
from service.transcripts.read_source import read
from service.transcripts.turns import Skipped, Transcript

__all__ = ["FoundNotes", "NotesRequest", "notes_router"]

_OFFERED = ("application/json", EVENT_STREAM)


class NotesRequest(Frozen):
    """A page of notes, in plain text or Markdown."""

    text: Annotated[str, Field(min_length=1, description="The notes as they were written.")]
    playbook: PlaybookChoice = AUTO
    engagement_id: EngagementId = None
    source: Annotated[
        Source | None,
        Field(
            description="The event this comes from. Sent again with other text, it is a new "
            "version of the notes: what changed is graded anew. Without one, the same text gets "
            "the same grades."
        ),
    ] = None


class FoundPassage(Frozen):
    """A passage before its grade; the offsets of moments count the characters of `answer`."""

    question_id: str
    answer: str
    moments: tuple[Moment, ...]


class FoundNotes(Frozen):
    """What was found in a page of notes; the grades follow."""

    passages: tuple[FoundPassage, ...]
    not_found: tuple[str, ...]
    unassigned: tuple[Place, ...]
    skipped: tuple[Skipped, ...]

    @classmethod
    def of(cls, found: Found) -> "FoundNotes":
        return cls(
            passages=tuple(
                FoundPassage(question_id=p.question_id, answer=p.answer.text, moments=p.moments)
                for p in found.passages
            ),
            not_found=found.not_found,
            unassigned=found.unassigned,
            skipped=found.skipped,
        )


def notes_router(intake: Intake, keeper: Keeper) -> APIRouter:
    """The route of notes, over what finds the answers in them and what keeps their grades."""
    router = APIRouter(prefix="/v1/notes", tags=["notes"])

    @router.post(
        "",
        operation_id="gradeNotes",
        summary="Grade a page of notes",
        response_model=Scorecard,
        response_description="Every question that was found, with its grade, which is kept.",
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}, "example": STREAM}}},
            400: {"model": BrokenJson},
            404: {"model": UnknownPlaybookId},
            406: {"model": NotAcceptable},
            413: {"model": TooLarge},
            415: {"model": UnsupportedMediaType},
            422: {"model": InvalidRequest | UnreadableSource},
            502: {"model": Unassigned},
            503: {"model": Unassigned, "headers": RETRY_AFTER},
        },
    )
    async def grade_notes(notes: NotesRequest, request: Request) -> Scorecard | EventStream:
        """Find which question each passage of the notes answers, and grade every one.

        Accept `text/event-stream` to get it as server-sent events: `found` with the passages, then
        for each a `grade`, or an `ungraded` with its reason, as it comes, then `done` with the
        tally. Whatever goes wrong after the first byte is an `error`, whose data is a problem.
        Results that stayed ungraded are not kept: post the same notes again.
        """
        media_type = preferred(",".join(request.headers.getlist("accept")), _OFFERED)
        if media_type is None:
            detail = "Accept one of the media types that are listed."
            raise ProblemError(NotAcceptable(detail=detail, offered=_OFFERED))
        intake.questions(playbook_of(notes.playbook))  # an unknown one is told before the stream
        transcript = read(notes.text, Format.NOTES)
        origin = _origin(notes, transcript)

        async def grade(passage: Passage) -> GradedPassage:
            return sendable(await keeper.grade(passage, origin))

        scoring = partial(score, transcript, notes.playbook, intake, grade)
        if media_type == EVENT_STREAM:
            return EventStream(partial(_tell_all, scoring))
        return await scoring()

    return router


def _origin(notes: NotesRequest, transcript: Transcript) -> Origin:
    if notes.source is None:
        return Origin.of_words(transcript, "notes", notes.engagement_id)
    tool, call_id = notes.source.tool, notes.source.call_id
    return Origin(tool=tool, call_id=call_id, engagement_id=notes.engagement_id)


async def _tell_all(scoring: Callable[..., Awaitable[Scorecard]], tell: Tell) -> None:
    """Each part as it comes; a grade's event has the grade's id."""

    def tell_result(result: GradedPassage) -> None:
        if result.grade is None:
            tell("ungraded", result, None)
        else:
            tell("grade", result, result.grade.id)

    card = await scoring(
        on_found=lambda found: tell("found", FoundNotes.of(found), None), on_graded=tell_result
    )
    tell("done", card.tally, None)
