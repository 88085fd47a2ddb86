"""From an error to the problem it is answered with."""

import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from service.api.failures import unexpected
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
    Unassigned,
    UngradedAnswer,
    UnknownEngagementId,
    UnknownGradeId,
    UnknownJobId,
    UnknownPlaybookId,
    UnknownQuestionId,
    UnreadableSource,
    problem_response,
)
from service.api.reasons import WHY_UNASSIGNED, WHY_UNGRADED
from service.errors import (
    CannotFollow,
    InvalidAnswer,
    JudgeError,
    LimitExceeded,
    ModelRefused,
    ModelUnavailable,
    ProbewiseError,
    SourceReused,
    UnknownEngagement,
    UnknownGrade,
    UnknownJob,
    UnknownPlaybook,
    UnknownQuestion,
)
from service.judging.models import Reason
from service.transcripts.turns import IntakeError

__all__ = ["RETRY_AFTER_S", "install_handlers", "problem_in", "problem_of", "retry_after_s"]

RETRY_AFTER_S = 30  # where no server said when to try again

_ALWAYS_ALIKE: dict[type[Exception], Problem] = {
    UnknownGrade: UnknownGradeId(),
    UnknownEngagement: UnknownEngagementId(),
    UnknownJob: UnknownJobId(),
    SourceReused: SourceConflict(),
    InvalidAnswer: InvalidRequest(
        errors=(FieldFault(pointer="/answer", detail="Should hold the customer's words"),)
    ),
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
    "model_type": "Should be an object",
    "event_of_no_call": "An event_id needs its call_id",
}


def install_handlers(app: FastAPI) -> None:
    """Have every error that is raised on purpose answered with its problem."""

    @app.exception_handler(ProbewiseError)
    async def on_probewise_error(_: Request, error: ProbewiseError) -> Response:
        wait = retry_after_s(error)
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return problem_response(problem_of(error), headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
        return problem_response(_problem_in(error.errors(), within=1))

    @app.exception_handler(ProblemError)
    async def on_problem_error(_: Request, error: ProblemError) -> Response:
        return problem_response(error.problem)

    @app.exception_handler(HTTPException)
    async def on_http_error(_: Request, error: HTTPException) -> Response:
        return problem_response(_problem_of_status(HTTPStatus(error.status_code)), error.headers)


def problem_of(error: Exception) -> Problem:
    """What an error is answered with; one that no request can cause is logged."""
    match error:
        case UnknownQuestion():
            return UnknownQuestionId(nearest=error.nearest)
        case UnknownPlaybook():
            return UnknownPlaybookId(known=error.known)
        case _ if type(error) in _ALWAYS_ALIKE:
            return _ALWAYS_ALIKE[type(error)]
        case LimitExceeded():
            return TooLarge(detail=str(error), limit=error.limit, unit=error.unit)
        case CannotFollow():
            return FollowConflict(detail=str(error))
        case IntakeError():
            return UnreadableSource(detail=error.message, line=error.line or None)
        case AnswerUngraded(reason=reason):
            detail = WHY_UNGRADED[reason]
            return UngradedAnswer(status=_status_of(reason), detail=detail, reason=reason)
        case JudgeError():  # an assigner's: a judge's grades say themselves why there is none
            reason = _reason_of(error)
            detail = WHY_UNASSIGNED[reason]
            return Unassigned(status=_status_of(reason), detail=detail, reason=reason)
        case _:
            return unexpected(error)


def retry_after_s(error: Exception) -> int | None:
    """When it may be worth trying again, in whole seconds; None where waiting changes nothing."""
    match error:
        case ModelUnavailable() | AnswerUngraded(reason=Reason.MODEL_UNAVAILABLE):
            wait = RETRY_AFTER_S if error.retry_after_s is None else error.retry_after_s
            return max(1, math.ceil(wait))
        case _:
            return None


def _reason_of(error: JudgeError) -> Reason:
    match error:
        case ModelUnavailable():
            return Reason.MODEL_UNAVAILABLE
        case ModelRefused():
            return Reason.REFUSED
        case _:
            return Reason.MALFORMED_REPLY


def _status_of(reason: Reason) -> HTTPStatus:
    is_passing = reason is Reason.MODEL_UNAVAILABLE
    return HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.BAD_GATEWAY


def problem_in(error: ValidationError) -> Problem:
    """What a part of a body that does not fit the schema is answered with."""
    return _problem_in(error.errors(include_url=False, include_input=False), within=0)


def _problem_in(faults: Iterable[Mapping[str, object]], *, within: int) -> Problem:
    """Pointers begin `within` steps deep: FastAPI puts the place of the whole first."""
    found = []
    for fault in faults:
        kind, steps = str(fault["type"]), fault["loc"]
        if not isinstance(steps, tuple):  # for the type checker: pydantic always gives a tuple
            continue
        if kind == "json_invalid":
            where = f": it breaks at character {steps[-1]}" if steps else ""
            return BrokenJson(detail=f"The body is not JSON{where}.")
        # An unknown field's name comes from the caller, so only its parent is pointed at.
        known = steps[:-1] if kind == "extra_forbidden" else steps
        pointer = "".join(f"/{step}" for step in known[within:])
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
