"""Request bodies: how large they may be, and of which type."""

from email.message import Message as Headers

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import ProblemError, TooLarge, UnsupportedMediaType, problem_response

__all__ = ["BodyLimit", "require_json"]


class BodyLimit:
    """Refuses a body as soon as it is known to be too large, whether or not its length was said.

    Starlette's own limit answers in plain text where the length was said.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said.isdigit() and int(said[:20]) > self._max_bytes:
            await problem_response(self._too_large())(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise ProblemError(self._too_large())
            return message

        await self._app(scope, counted, send)

    def _too_large(self) -> TooLarge:
        return TooLarge(
            detail=f"The body may have {self._max_bytes:,} bytes. Split or shorten it.",
            limit=self._max_bytes,
            unit="bytes",
        )


async def require_json(request: Request) -> None:
    """Answers 415 unless the body is said to be JSON."""
    said = Headers()
    said["content-type"] = request.headers.get("content-type", "text/plain")
    if said.get_content_maintype() != "application" or not (
        said.get_content_subtype() == "json" or said.get_content_subtype().endswith("+json")
    ):
        raise ProblemError(UnsupportedMediaType())
