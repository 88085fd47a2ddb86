"""Every problem the API answers with (RFC 9457); none holds a word of who asked."""

from collections.abc import Mapping
from typing import Annotated

from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from service.judging.models import Reason
from service.records import Frozen

__all__ = [
    "PROBLEM_JSON",
    "RETRY_AFTER",
    "BrokenJson",
    "FieldFault",
    "FollowConflict",
    "InternalError",
    "InvalidRequest",
    "NotAcceptable",
    "NotReady",
    "Problem",
    "ProblemError",
    "SourceConflict",
    "TooLarge",
    "Unassigned",
    "UngradedAnswer",
    "UnknownEngagementId",
    "UnknownGradeId",
    "UnknownJobId",
    "UnknownPlaybookId",
    "UnknownQuestionId",
    "UnreadableSource",
    "UnsupportedMediaType",
    "problem_response",
]

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before sending the same request again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_TYPE = "urn:probewise:problem:"


class Problem(Frozen):
    """What went wrong, and in `detail` what to do; compare `type`, which never changes."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str


class BrokenJson(Problem):
    """The body can't be read as JSON."""

    type: str = f"{_TYPE}broken-json"
    title: str = "Broken JSON"
    status: int = 400
    detail: str = "The body is not JSON in UTF-8."


class UnknownQuestionId(Problem):
    """No loaded playbook has this question."""

    type: str = f"{_TYPE}unknown-question"
    title: str = "Unknown question"
    status: int = 404
    detail: str = "No loaded playbook has this question; the nearest ids are listed."
    nearest: tuple[str, ...]


class UnknownPlaybookId(Problem):
    """No playbook of this id is loaded."""

    type: str = f"{_TYPE}unknown-playbook"
    title: str = "Unknown playbook"
    status: int = 404
    detail: str = "No playbook of this id is loaded; those that are, are listed."
    known: tuple[str, ...]


class UnknownGradeId(Problem):
    """No grade of this id is kept."""

    type: str = f"{_TYPE}unknown-grade"
    title: str = "Unknown grade"
    status: int = 404
    detail: str = "No grade of this id is kept here."


class UnknownEngagementId(Problem):
    """No grade of this engagement is kept."""

    type: str = f"{_TYPE}unknown-engagement"
    title: str = "Unknown engagement"
    status: int = 404
    detail: str = "No grade of this engagement is kept here; GET /v1/engagements lists those known."


class UnknownJobId(Problem):
    """No job of this id is kept."""

    type: str = f"{_TYPE}unknown-job"
    title: str = "Unknown job"
    status: int = 404
    detail: str = "No job of this id is kept here."


class NotAcceptable(Problem):
    """No media type that is offered is accepted."""

    type: str = f"{_TYPE}not-acceptable"
    title: str = "Not acceptable"
    status: int = 406
    detail: str = "Accept one of the media types that are listed, or name a format in the query."
    offered: tuple[str, ...]


class FollowConflict(Problem):
    """The grade named by `follows` can't be followed by this answer."""

    type: str = f"{_TYPE}cannot-follow"
    title: str = "Cannot follow"
    status: int = 409


class SourceConflict(Problem):
    """The source event was graded before, with other content."""

    type: str = f"{_TYPE}source-reused"
    title: str = "Source reused"
    status: int = 409
    detail: str = "This source event was graded before, with other content; send a new event_id."


class TooLarge(Problem):
    """The answer or the whole body is too large."""

    type: str = f"{_TYPE}too-large"
    title: str = "Too large"
    status: int = 413
    limit: int
    unit: Annotated[str, Field(examples=["characters", "bytes"])]


class UnsupportedMediaType(Problem):
    """The body is not said to be JSON."""

    type: str = f"{_TYPE}unsupported-media-type"
    title: str = "Unsupported media type"
    status: int = 415
    detail: str = "Send the body as JSON, with Content-Type: application/json."


class FieldFault(Frozen):
    """One thing to change in the request."""

    pointer: Annotated[
        str,
        Field(
            description="JSON Pointer into the body or to a query parameter; of an unknown field, "
            "its parent."
        ),
    ]
    detail: str


class InvalidRequest(Problem):
    """The request does not match its schema, or its answer is empty."""

    type: str = f"{_TYPE}invalid-request"
    title: str = "Invalid request"
    status: int = 422
    detail: str = "Change what is listed and send the request again."
    errors: tuple[FieldFault, ...]


class UnreadableSource(Problem):
    """The notes or the transcript can't be read."""

    type: str = f"{_TYPE}unreadable-source"
    title: str = "Unreadable source"
    status: int = 422
    line: Annotated[int | None, Field(ge=1, description="Of the source, counted from 1.")] = None


class InternalError(Problem):
    """Something failed that should not; the answer may be sent again."""

    type: str = f"{_TYPE}internal-error"
    title: str = "Internal error"
    status: int = 500
    detail: str = "This should not have happened; the service's log says more about this instance."
    instance: Annotated[str, Field(description="Names this one occurrence in the log.")]


class UngradedAnswer(Problem):
    """No verdict was reached honestly, and nothing was kept."""

    type: str = f"{_TYPE}ungraded"
    title: str = "Ungraded"
    status: int = 502
    reason: Reason


class Unassigned(Problem):
    """What answers which question could not be told honestly, and nothing was kept."""

    type: str = f"{_TYPE}unassigned"
    title: str = "Unassigned"
    status: int = 502
    reason: Reason


class NotReady(Problem):
    """The service can't grade yet."""

    type: str = f"{_TYPE}not-ready"
    title: str = "Not ready"
    status: int = 503


class ProblemError(HTTPException):
    """Raised in a request to answer with this problem.

    An HTTPException, since that is what FastAPI lets pass while it reads a body.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.status, problem.title)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The problem as application/problem+json, under its own status."""
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=problem.status,
        headers=headers,
        media_type=PROBLEM_JSON,
    )
