"""The door: which requests are let in, before anything else looks at them."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.bodies import parse_media_type
from service.api.hosts import Hosts, is_loopback
from service.api.problems import (
    CrossOrigin,
    MisdirectedRequest,
    Unauthorized,
    UnsupportedMediaType,
    problem_of,
    problem_response,
)
from service.errors import ProbewiseError
from service.keys import Keys

__all__ = ["OPEN_PATHS", "Door"]

OPEN_PATHS = ("/livez", "/readyz")  # load balancers bear no keys
_SAFE = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = ("same-origin", "none")  # none: typed by a person
# What a page may post to any site without asking it first (the Fetch standard, "CORS-safelisted").
_SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_NO_KEYS = (
    "This service has no keys, so it serves its own machine alone. Set PROBEWISE_SERVICE_KEYS; "
    "`probewise keys new` makes a key."
)


class Door:
    """Lets in who names this service and bears a key, and no page of another origin.

    Without keys it lets in every caller over loopback; `insecure`, every caller.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, hosts: Hosts, insecure: bool) -> None:
        self._app = app
        self._keys = keys
        self._hosts = hosts
        self._insecure = insecure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            self._check(scope)
        except ProbewiseError as refusal:
            headers = _challenge(refusal) if isinstance(refusal, Unauthorized) else {}
            await problem_response(problem_of(refusal), headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        """Raise the problem of a request that is not let in."""
        host = _sole(scope, "host")
        if not self._hosts.allow(host, own=_own_address(scope)):
            raise MisdirectedRequest
        if scope["path"] not in OPEN_PATHS:
            self._check_key(scope)
        if scope.get("method") not in _SAFE and _is_cross_origin(scope, host):
            if _media_type(scope) in _SIMPLE:
                raise UnsupportedMediaType(
                    "A page of another origin may send no text and no form here."
                )
            raise CrossOrigin

    def _check_key(self, scope: Scope) -> None:
        if self._keys:
            scheme, _, key = _sole(scope, "authorization").partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthorized
            if not self._keys.admit(key.strip()):
                raise Unauthorized(had_key=True)
        elif not self._insecure and not is_loopback(_own_address(scope)):
            raise Unauthorized(_NO_KEYS)


def _is_cross_origin(scope: Scope, host: str) -> bool:
    """Tell whether a browser says that the request comes from a page of another origin.

    Programs send neither header; each browser sends one of them with a post.
    """
    headers = Headers(scope=scope)
    if any(site.lower() not in _OWN_SITE for site in headers.getlist("sec-fetch-site")):
        return True
    # A proxy may speak TLS for the service, so the scheme is not compared.
    origins = (each.partition("://")[2].lower() for each in headers.getlist("origin"))
    return any(origin != host.lower() for origin in origins)


def _own_address(scope: Scope) -> str:
    """Return the address at which the connection arrived; empty if it has none."""
    server: Sequence[object] | None = scope.get("server")
    return str(server[0]) if server else ""


def _media_type(scope: Scope) -> str:
    return parse_media_type(", ".join(Headers(scope=scope).getlist("content-type")) or None)


def _sole(scope: Scope, name: str) -> str:
    """Return the value of a header that may be there once; empty if it is not so."""
    values = Headers(scope=scope).getlist(name)
    return values[0] if len(values) == 1 else ""


def _challenge(refusal: Unauthorized) -> dict[str, str]:
    """Name what would let the caller in (RFC 6750, section 3)."""
    error = ', error="invalid_token"' if refusal.had_key else ""
    return {"WWW-Authenticate": f'Bearer realm="probewise"{error}'}
