"""Know the request that is being answered, so that every line of the log can name it."""

import re
import uuid
from contextvars import ContextVar

__all__ = ["REQUEST_ID", "choose_request_id"]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that this task answers, or `-` outside of any."""

# An id is logged and sent back, so it may hold nothing that breaks a line or a header.
_GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}")
# https://www.w3.org/TR/trace-context/#traceparent-header; a trace id of zeros is none.
_TRACE = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


def choose_request_id(given: str | None, traceparent: str | None) -> str:
    """Choose the caller's own id, else the id of the caller's trace, else a new one.

    What can't be an id, because it is too long or has other characters, counts as not given.
    """
    if given is not None and _GIVEN.fullmatch(given):
        return given
    trace = _TRACE.fullmatch(traceparent) if traceparent is not None else None
    return trace[1] if trace else uuid.uuid4().hex
