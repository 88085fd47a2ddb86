"""Request bodies and media types: how large, of which type, and which type is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message as Headers

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.problems import RefusedBody, UnsupportedMediaType, problem_of, problem_response
from service.errors import LimitExceeded

__all__ = [
    "BodyLimit",
    "choose_media_type",
    "parse_media_type",
    "read_accept",
    "read_media_type",
    "require_json",
]


class BodyLimit:
    """Refuses a body as soon as it is known to be too large, whether or not its length is given.

    Starlette's own limit answers in plain text if the length is given.
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
        given = dict(scope["headers"]).get(b"content-length", b"")
        if given.isdigit() and int(given[:20]) > limit:
            problem = problem_of(_BodyTooLarge(limit))
            await problem_response(problem)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise RefusedBody(_BodyTooLarge(limit))
            return message

        await self._app(scope, counted, send)


class _BodyTooLarge(LimitExceeded):
    """The body is too large; how large it is nobody waited to see."""

    def __init__(self, limit: int) -> None:
        super().__init__("body", limit=limit, actual=limit, unit="bytes")

    @property
    def detail(self) -> str:
        return f"The body may have {self.limit:,} bytes. Split or shorten it."


def read_media_type(request: Request) -> str:
    """Read the type of the body, in small letters and without parameters."""
    return parse_media_type(request.headers.get("content-type"))


def parse_media_type(content_type: str | None) -> str:
    """Read the type out of a Content-Type header; text/plain if there is none."""
    headers = Headers()
    headers["content-type"] = content_type or "text/plain"
    return headers.get_content_type()


async def require_json(request: Request) -> None:
    """Answer 415 unless the type of the body is JSON."""
    main, _, sub = read_media_type(request).partition("/")
    if main != "application" or not (sub == "json" or sub.endswith("+json")):
        raise UnsupportedMediaType


def read_accept(request: Request) -> str:
    """Read the Accept headers as one."""
    return ",".join(request.headers.getlist("accept"))


def choose_media_type(accept: str, offered: Sequence[str]) -> str | None:
    """Choose the offered type that the Accept header ranks highest (RFC 9110, section 12.5.1).

    The first of equals; the first of all if the header is empty; None if none is accepted.
    Parameters other than `q` are not compared, and a range that can't be read is passed over.
    """
    if not accept.strip():
        return offered[0]
    ranges = dict(_read_ranges(accept))
    ranked = [(_rank(ranges, media_type), media_type) for media_type in offered]
    quality, media_type = max(ranked, key=lambda each: each[0])
    return media_type if quality > 0 else None


def _read_ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            yield name, float(quality)
        except ValueError:
            continue


def _rank(ranges: dict[str, float], media_type: str) -> float:
    """Give the quality of the most specific range that has the type, 0 if none has."""
    names = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((ranges[name] for name in names if name in ranges), 0.0)
