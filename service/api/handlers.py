"""From an error to the problem it is answered with."""

import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.api.grading import AnswerUngraded
from service.api.problems import (
    BrokenJson,
    FieldFault,
    FollowConflict,
    InvalidRequest,
    Problem,
    ProblemError,
    SourceConflict,
    TooLarge,
    UngradedAnswer,
    UnknownEngagementId,
    UnknownGradeId,
    UnknownPlaybookId,
    UnknownQuestionId,
    problem_response,
)
from service.errors import (
    CannotFollow,
    InvalidAnswer,
    LimitExceeded,
    ProbewiseError,
    SourceReused,
    UnknownEngagement,
    UnknownGrade,
    UnknownPlaybook,
    UnknownQuestion,
)
from service.judging.models import Reason

__all__ = ["RETRY_AFTER_S", "install_handlers"]

RETRY_AFTER_S = 30  # where no server said when to try again

# The judge's own words may quote the model's reply, and that the customer: they are not sent.
_WHY_UNGRADED = {
    Reason.MODEL_UNAVAILABLE: "No model answered; send the same request again later.",
    Reason.MALFORMED_REPLY: "The model's reply broke the contract, also after one repair.",
    Reason.REFUSED: "The model declined to grade this answer.",
    Reason.NO_EVIDENCE: "Nothing that the model claimed could be found in the answer.",
}
_ALWAYS_ALIKE: dict[type[ProbewiseError], Problem] = {
    UnknownGrade: UnknownGradeId(),
    UnknownEngagement: UnknownEngagementId(),
    SourceReused: SourceConflict(),
}
# Pydantic's messages for these speak of the schema only; others may quote the value.
_SPEAKABLE = {
    "missing": "Field required",
    "extra_forbidden": "Holds a field that is not in the schema",
    "string_type": "Should be a string",
    "string_too_short": "Should not be empty",
    "string_too_long": "Too long",
    "string_pattern_mismatch": "Does not match the pattern in the schema",
    "enum": "Not one of the values in the schema",
    "greater_than_equal": "Too small",
    "less_than_equal": "Too large",
    "int_parsing": "Should be a whole number",
    "nul_character": "Should not hold a NUL character",
    "lone_surrogate": "Should not hold half of a surrogate pair",
    "string_unicode": "Should not hold half of a surrogate pair",
    "model_attributes_type": "Should be an object",
}


def install_handlers(app: FastAPI) -> None:
    """Have every error that is raised on purpose answered with its problem."""

    @app.exception_handler(ProbewiseError)
    async def on_probewise_error(_: Request, error: ProbewiseError) -> Response:
        return problem_response(_problem_of(error), _headers_of(error))

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
        return problem_response(_problem_in_request(error.errors()))

    @app.exception_handler(ProblemError)
    async def on_problem_error(_: Request, error: ProblemError) -> Response:
        return problem_response(error.problem)

    @app.exception_handler(HTTPException)
    async def on_http_error(_: Request, error: HTTPException) -> Response:
        return problem_response(_problem_of_status(HTTPStatus(error.status_code)), error.headers)


def _problem_of(error: ProbewiseError) -> Problem:
    match error:
        case UnknownQuestion():
            return UnknownQuestionId(nearest=error.nearest)
        case UnknownPlaybook():
            return UnknownPlaybookId(known=error.known)
        case UnknownGrade() | UnknownEngagement() | SourceReused():
            return _ALWAYS_ALIKE[type(error)]
        case InvalidAnswer():
            empty = FieldFault(pointer="/answer", detail="Should hold the customer's words")
            return InvalidRequest(errors=(empty,))
        case LimitExceeded():
            return TooLarge(detail=str(error), limit=error.limit, unit=error.unit)
        case CannotFollow():
            return FollowConflict(detail=str(error))
        case AnswerUngraded(reason=Reason.MODEL_UNAVAILABLE as reason):
            return UngradedAnswer(status=503, detail=_WHY_UNGRADED[reason], reason=reason)
        case AnswerUngraded():
            return UngradedAnswer(detail=_WHY_UNGRADED[error.reason], reason=error.reason)
        case _:  # nothing a request can cause
            raise error


def _headers_of(error: ProbewiseError) -> dict[str, str]:
    if not isinstance(error, AnswerUngraded) or error.reason is not Reason.MODEL_UNAVAILABLE:
        return {}
    wait = RETRY_AFTER_S if error.retry_after_s is None else error.retry_after_s
    return {"Retry-After": str(max(1, math.ceil(wait)))}


def _problem_in_request(faults: Iterable[Mapping[str, object]]) -> Problem:
    found = []
    for fault in faults:
        kind, steps = str(fault["type"]), fault["loc"]
        if not isinstance(steps, tuple):  # for the type checker: pydantic always gives a tuple
            continue
        if kind == "json_invalid":
            return BrokenJson(detail=f"The body is not JSON: it breaks at character {steps[-1]}.")
        # An unknown field's name comes from the caller, so only its parent is pointed at.
        known = steps[1:-1] if kind == "extra_forbidden" else steps[1:]
        pointer = "".join(f"/{step}" for step in known)
        found.append(FieldFault(pointer=pointer, detail=_SPEAKABLE.get(kind, "Not valid")))
    return InvalidRequest(errors=tuple(found))


def _problem_of_status(status: HTTPStatus) -> Problem:
    """What the framework itself refuses: unknown paths and methods, bodies it can't read."""
    if status is HTTPStatus.BAD_REQUEST:
        return BrokenJson()
    return Problem(
        type="about:blank",  # RFC 9457: the status says it all
        title=status.phrase,
        status=status,
        detail="The API is described at /openapi.json.",
    )
