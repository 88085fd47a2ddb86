"""Request bodies: how large they may be, and of which type."""

from collections.abc import Mapping
from email.message import Message as Headers

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ProblemError, TooLarge, UnsupportedMediaType, problem_response

__all__ = ["BodyLimit", "media_type_of", "require_json"]


class BodyLimit:
    """Refuses a body as soon as it is known to be too large, whether or not its length was said.

    Starlette's own limit answers in plain text where the length was said.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int]) -> None:
        """`larger` are the limits of paths that take more than the rest."""
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._max_bytes)
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said.isdigit() and int(said[:20]) > limit:
            await problem_response(_too_large(limit))(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise ProblemError(_too_large(limit))
            return message

        await self._app(scope, counted, send)


def media_type_of(request: Request) -> str:
    """What the body is said to be, in small letters and without parameters."""
    said = Headers()
    said["content-type"] = request.headers.get("content-type", "text/plain")
    return said.get_content_type()


async def require_json(request: Request) -> None:
    """Answers 415 unless the body is said to be JSON."""
    main, _, sub = media_type_of(request).partition("/")
    if main != "application" or not (sub == "json" or sub.endswith("+json")):
        raise ProblemError(UnsupportedMediaType())


def _too_large(limit: int) -> TooLarge:
    detail = f"The body may have {limit:,} bytes. Split or shorten it."
    return TooLarge(detail=detail, limit=limit, unit="bytes")
