"""Answering every error with its problem, whether it was raised on purpose or not."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import (
    Problem,
    RefusedBody,
    problem_of,
    problem_response,
    retry_after_s,
)
from service.errors import BrokenJson, InvalidRequest, ProbewiseError, UnexpectedError
from service.problem_kinds import FieldFault
from service.records import is_field_name

__all__ = ["UnexpectedErrors", "install_handlers", "read_faults"]

# Pydantic's messages for these speak of the schema only; others may quote the value.
_SPEAKABLE = {
    "missing": "Field required",
    "extra_forbidden": "Not a field of the schema",
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
    "no_instant": "Should be a time with its zone, such as 2026-11-20T14:05:00Z",
    "no_boolean": "Should be true or false",
    "event_of_no_call": "An event_id needs its call_id",
}


def install_handlers(app: FastAPI) -> None:
    """Have every error that is raised on purpose answered with its problem."""

    @app.exception_handler(ProbewiseError)
    async def on_probewise_error(_: Request, error: ProbewiseError) -> Response:
        return _answer(error)

    @app.exception_handler(RefusedBody)
    async def on_refused_body(_: Request, refused: RefusedBody) -> Response:
        return _answer(refused.error)

    @app.exception_handler(RequestValidationError)
    async def on_invalid_request(_: Request, error: RequestValidationError) -> Response:
        # FastAPI puts the place of the whole, such as `body`, before each path.
        return _answer(_read(error.errors(), within=1))

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        if status is HTTPStatus.BAD_REQUEST:  # a body that FastAPI could not read
            return _answer(BrokenJson())
        # RFC 9457: the status of about:blank says it all.
        detail = "The API is described at /openapi.json."
        problem = Problem(type="about:blank", title=status.phrase, status=status, detail=detail)
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            return problem_response(problem, {"Allow": _list_methods(request)})
        return problem_response(problem, error.headers)


def read_faults(error: ValidationError) -> BrokenJson | InvalidRequest:
    """Tell what is wrong with a part of a body that does not fit its schema."""
    return _read(error.errors(include_url=False, include_input=False), within=0)


class UnexpectedErrors:
    """Answers 500 to an error nothing else handled.

    Its message may quote an answer. So it must not reach the server, whose log would hold it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001  # whatever it is, the server must not log it
            unexpected = UnexpectedError(error)
            if started:
                raise RuntimeError(f"the response broke off; see {unexpected.instance}") from None
            await problem_response(problem_of(unexpected))(scope, receive, send)


def _list_methods(request: Request) -> str:
    """List every method of a path; Starlette names those of its first route alone."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    alike = (each.path for each in routes if each.matches(request.scope)[0] is not Match.NONE)
    path = next(alike, None)
    methods = {method for each in routes if each.path == path for method in each.methods or ()}
    return ", ".join(sorted(methods))


def _answer(error: ProbewiseError) -> Response:
    wait = retry_after_s(error)
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return problem_response(problem_of(error), headers)


def _read(faults: Iterable[Mapping[str, object]], *, within: int) -> BrokenJson | InvalidRequest:
    """Read pydantic's faults; the pointers begin `within` steps deep."""
    found = []
    for fault in faults:
        kind, steps = str(fault["type"]), fault["loc"]
        if not isinstance(steps, tuple):  # for the type checker: pydantic always gives a tuple
            continue
        if kind == "json_invalid":
            where = f": it breaks at character {steps[-1]}" if steps else ""
            return BrokenJson(f"The body is not JSON{where}.")
        detail = _SPEAKABLE.get(kind, "Not valid")
        # An unknown field's name comes from the caller, and may be a customer's words.
        if kind == "extra_forbidden" and not is_field_name(steps[-1]):
            steps, detail = steps[:-1], "Holds a field that is not in the schema"
        pointer = "".join(f"/{step}" for step in steps[within:])
        found.append(FieldFault(pointer=pointer, detail=detail))
    return InvalidRequest(found)
