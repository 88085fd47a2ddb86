"""Routes: post a page of notes, get every question in it graded."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from service.api.bodies import choose_media_type, read_accept, require_json
from service.api.examples import STREAM
from service.api.grades import EngagementId
from service.api.playbooks import PlaybookChoice
from service.api.problems import NotAcceptable, UnsupportedMediaType, document_problems
from service.api.streaming import EVENT_STREAM, EventStream, Tell
from service.assignment.passages import LeftOutTurn, Moment
from service.errors import (
    BrokenJson,
    InvalidRequest,
    JudgeError,
    LimitExceeded,
    ModelUnavailable,
    UnknownPlaybook,
    UnknownQuestion,
    UnreadableSource,
)
from service.grading.passage_grader import Origin
from service.grading.scorecard import AUTO, FoundPassages, GradedPassage, Scorecard
from service.records import Frozen
from service.storage.grades import Source
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Skipped, Transcript
from service.wiring import Parts

__all__ = ["FoundNotes", "NotesRequest", "notes_router"]

_OFFERED = ("application/json", EVENT_STREAM)


class NotesRequest(Frozen):
    """A page of notes, in plain text or Markdown."""

    text: Annotated[str, Field(min_length=1, description="The notes as they were written.")]
    playbook: PlaybookChoice = AUTO
    assign: Annotated[
        dict[Annotated[int, Field(ge=1)], str],
        Field(
            description="Lines of the notes, counted from 1, with the id of the question that each "
            "answers: a person's word, in place of what would be found.",
            default_factory=dict,
            examples=[{"12": "data-engineering.8"}],
        ),
    ]
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
    unassigned: tuple[LeftOutTurn, ...]
    skipped: tuple[Skipped, ...]

    @classmethod
    def of(cls, found: FoundPassages) -> "FoundNotes":
        return cls(
            passages=tuple(
                FoundPassage(question_id=p.question_id, answer=p.answer.text, moments=p.moments)
                for p in found.passages
            ),
            not_found=found.not_found,
            unassigned=found.unassigned,
            skipped=found.skipped,
        )


def notes_router(parts: Parts) -> APIRouter:
    """Make the route of notes."""
    router = APIRouter(prefix="/v1/notes", tags=["notes"])

    @router.post(
        "",
        operation_id="gradeNotes",
        summary="Grade a page of notes",
        response_model=Scorecard,
        response_description="Every question that was found, with its grade, which is stored.",
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {EVENT_STREAM: {"schema": {"type": "string"}, "example": STREAM}}},
            **document_problems(
                BrokenJson,
                UnknownPlaybook,
                UnknownQuestion,
                NotAcceptable,
                LimitExceeded,
                UnsupportedMediaType,
                InvalidRequest,
                UnreadableSource,
                JudgeError,
                ModelUnavailable,
            ),
        },
    )
    async def grade_notes(notes: NotesRequest, request: Request) -> Scorecard | EventStream:
        """Find which question each passage of the notes answers, and grade every one.

        Accept `text/event-stream` to get it as server-sent events: `found` with the passages, then
        for each a `grade`, or an `ungraded` with its reason, as it comes, then `done` with the
        tally. Whatever goes wrong after the first byte is an `error`, whose data is a problem.
        Results that stayed ungraded are not stored: post the same notes again.
        """
        media_type = choose_media_type(read_accept(request), _OFFERED)
        if media_type is None:
            raise NotAcceptable(_OFFERED, "Accept one of the media types that are listed.")
        passages = parts.passages
        # What is unknown is told before the stream begins.
        passages.list_questions(notes.playbook, notes.assign.values())
        ours = parts.settings.ours
        transcript = resolve_sides(read_source(notes.text, Format.NOTES, known=ours), ours)
        origin = _origin(notes, transcript)
        scoring = partial(passages.score, transcript, notes.playbook, origin, assign=notes.assign)
        if media_type == EVENT_STREAM:
            return EventStream(partial(_tell_all, scoring))
        return (await scoring()).without_details()

    return router


def _origin(notes: NotesRequest, transcript: Transcript) -> Origin:
    if notes.source is None:
        return Origin.of_words(transcript, "notes", notes.engagement_id)
    tool, call_id = notes.source.tool, notes.source.call_id
    return Origin(tool=tool, call_id=call_id, engagement_id=notes.engagement_id)


async def _tell_all(scoring: Callable[..., Awaitable[Scorecard]], tell: Tell) -> None:
    """Tell each part as it comes; a grade's event has the grade's id."""

    def tell_result(result: GradedPassage) -> None:
        if result.grade is None:
            tell("ungraded", result.without_detail(), None)
        else:
            tell("grade", result, result.grade.id)

    card = await scoring(
        on_found=lambda found: tell("found", FoundNotes.of(found), None), on_graded=tell_result
    )
    tell("done", card.tally, None)
