"""Problems (RFC 9457): from each error to the answer it gets, and to its schema in the document.

An error brings its own problem: see `kind` in service/errors.py. Here are the errors that only a
request over HTTP can cause. None repeats a word of the caller.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi.responses import JSONResponse
from pydantic import Field, create_model
from starlette.exceptions import HTTPException

from service.errors import (
    ModelUnavailable,
    ProbewiseError,
    StorageUnavailable,
    UnexpectedError,
    UnknownPlaybook,
    UnknownQuestion,
)
from service.judging.models import Ungraded
from service.problem_kinds import ProblemKind
from service.reasons import Reason
from service.records import Frozen
from service.storage.jobs import Failure, find_error

__all__ = [
    "PROBLEM_JSON",
    "CrossOrigin",
    "MisdirectedRequest",
    "NotAcceptable",
    "NotReady",
    "Problem",
    "RefusedBody",
    "Unauthorized",
    "UngradedAnswer",
    "UnsupportedMediaType",
    "document_problems",
    "problem_of",
    "problem_of_failure",
    "problem_response",
    "problem_schema",
    "retry_after_s",
]

PROBLEM_JSON = "application/problem+json"
_RETRY_AFTER_S = 30  # if no server said when to try again
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before sending the same request again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}


_SCHEMAS: dict[type[object], "type[Problem]"] = {}  # one of each, or the document would have two


class Problem(Frozen):
    """What went wrong, and in `detail` what to do; compare `type`, which never changes."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str


class NotAcceptable(ProbewiseError):
    """No media type that is offered is accepted."""

    kind = ProblemKind(
        406,
        "Not acceptable",
        "Accept one of the media types that are listed, or name a format in the query.",
        {"offered": tuple[str, ...]},
    )

    def __init__(self, offered: tuple[str, ...], detail: str | None = None) -> None:
        self.offered = offered
        super().__init__(detail or self.kind.detail)

    @property
    def detail(self) -> str:
        return str(self)


class UnsupportedMediaType(ProbewiseError):
    """The body is of a type that is not read here."""

    kind = ProblemKind(
        415,
        "Unsupported media type",
        "Send the body as JSON, with Content-Type: application/json.",
    )

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail or self.kind.detail)

    @property
    def detail(self) -> str:
        return str(self)


class UngradedAnswer(ProbewiseError):
    """No verdict was reached honestly, and nothing was stored."""

    kind = ProblemKind(502, "Ungraded", fields={"reason": Reason})

    def __init__(self, ungraded: Ungraded) -> None:
        self.reason, self.retry_after_s = ungraded.reason, ungraded.retry_after_s
        super().__init__(ungraded.reason.explanation)

    @property
    def status(self) -> int:
        """503 if waiting may help, else 502."""
        return 503 if self.reason is Reason.MODEL_UNAVAILABLE else 502


class Unauthorized(ProbewiseError):
    """The request bears no key, or one that does not open this service."""

    kind = ProblemKind(
        401, "Unauthorized", "Send a key of this service: Authorization: Bearer <key>."
    )

    def __init__(self, detail: str | None = None, *, had_key: bool = False) -> None:
        self.had_key = had_key
        super().__init__(detail or self.kind.detail)

    @property
    def detail(self) -> str:
        return str(self)


class MisdirectedRequest(ProbewiseError):
    """The request names a host that this service is not known by."""

    kind = ProblemKind(
        421,
        "Misdirected request",
        "The request's Host is no name of this service. If it should be, add it to "
        "PROBEWISE_ALLOWED_HOSTS.",
    )


class CrossOrigin(ProbewiseError):
    """A page of another origin had a browser send the request."""

    kind = ProblemKind(
        403, "Cross-origin request", "Pages of other origins may not send anything here."
    )


class NotReady(ProbewiseError):
    """The service can't grade yet."""

    kind = ProblemKind(503, "Not ready")


_WITHOUT_DATABASE = {NotReady, Unauthorized, UnknownPlaybook, UnknownQuestion}


class RefusedBody(HTTPException):
    """Raised while a body is read, when FastAPI lets no other exception pass."""

    def __init__(self, error: ProbewiseError) -> None:
        self.error = error
        super().__init__(error.status, error.kind.title)


def problem_of(error: Exception) -> Problem:
    """Tell what an error is answered with; log one that no request can cause."""
    if not isinstance(error, ProbewiseError) or error.kind is ProbewiseError.kind:
        error = error if isinstance(error, UnexpectedError) else UnexpectedError(error)
    schema = problem_schema(type(error))
    return schema.model_validate({"status": error.status, "detail": error.detail, **error.facts})


def problem_of_failure(failure: Failure) -> Problem:
    """Tell what an error is answered with that a job has stored."""
    error = find_error(failure.error)
    if error is None:
        return Problem(type="about:blank", title="Failed", status=500, detail=failure.detail)
    facts = {"status": error.kind.status, "detail": failure.detail, **failure.facts}
    return problem_schema(error).model_validate(facts)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Answer with the problem as application/problem+json, under its own status."""
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=problem.status,
        headers=headers,
        media_type=PROBLEM_JSON,
    )


def retry_after_s(error: Exception) -> int | None:
    """Tell when it may be worth trying again, in whole seconds; None if waiting changes nothing."""
    match error:
        case (
            ModelUnavailable()
            | StorageUnavailable()
            | UngradedAnswer(reason=Reason.MODEL_UNAVAILABLE)
        ):
            wait = _RETRY_AFTER_S if error.retry_after_s is None else error.retry_after_s
            return max(1, math.ceil(wait))
        case _:
            return None


def document_problems(*errors: type[ProbewiseError]) -> dict[int | str, dict[str, Any]]:
    """Describe these errors as the responses of a route.

    Problems of one status share an entry; a 503 has Retry-After unless it says "not ready". Routes
    that read or write the database can always fail for that.
    """
    statuses: dict[int | str, list[type[ProbewiseError]]] = {}
    for error in errors:
        statuses.setdefault(error.kind.status, []).append(error)
        if error is UngradedAnswer:
            statuses.setdefault(503, []).append(error)
    if not _WITHOUT_DATABASE.issuperset(errors):
        statuses.setdefault(503, []).append(StorageUnavailable)
    described: dict[int | str, dict[str, Any]] = {}
    for status, alike in statuses.items():
        model: Any = problem_schema(alike[0])
        for error in alike[1:]:
            model = model | problem_schema(error)
        described[status] = {"model": model}
        if status == 503 and NotReady not in alike:
            described[status]["headers"] = _RETRY_AFTER
    return described


def problem_schema(error: type[ProbewiseError]) -> type[Problem]:
    """Make the model of an error's problem, which the OpenAPI document shows."""
    # Errors below one that only change its status or its words are described as it is.
    owner = next(cls for cls in error.__mro__[::-1] if _title(cls) == error.kind.title)
    if owner in _SCHEMAS:
        return _SCHEMAS[owner]
    kind: ProblemKind = owner.__dict__["kind"]
    fields: dict[str, Any] = {
        "type": (str, kind.type),
        "title": (str, kind.title),
        "status": (int, kind.status),
        "detail": (str, ... if kind.detail is None else kind.detail),
        **kind.fields,
    }
    doc = kind.description or owner.__doc__
    name = kind.schema or owner.__name__
    _SCHEMAS[owner] = create_model(name, __base__=Problem, __doc__=doc, **fields)
    return _SCHEMAS[owner]


def _title(cls: type[object]) -> str | None:
    kind = cls.__dict__.get("kind")
    return kind.title if isinstance(kind, ProblemKind) else None
