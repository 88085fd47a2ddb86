"""Request ids: every answer has one, and so has the log of every error."""

import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.request_ids import REQUEST_ID, choose_request_id

__all__ = ["REQUEST_ID_HEADER", "RequestIds"]

REQUEST_ID_HEADER = "X-Request-Id"
_log = logging.getLogger(__name__)


class RequestIds:
    """Gives each request an id, returns it with the answer, and logs it with every problem.

    It goes around everything else, so that no answer is without it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = choose_request_id(headers.get(REQUEST_ID_HEADER), headers.get("traceparent"))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400:
                    _log_problem(scope, request_id, message["status"])
                header = (REQUEST_ID_HEADER.lower().encode(), request_id.encode())
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            REQUEST_ID.reset(token)


def _log_problem(scope: Scope, request_id: str, status: int) -> None:
    """Log the pattern of the path: the path itself may name a customer."""
    pattern = getattr(scope.get("route"), "path", "no route")
    level = logging.ERROR if status >= 500 else logging.INFO
    _log.log(level, "request %s: %s %s got %d", request_id, scope["method"], pattern, status)
