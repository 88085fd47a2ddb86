"""Connections: none may keep the server waiting, or make it store what never ends.

uvicorn reads a request however long it takes and however large its header is. This puts limits on
it, after the manner of Apache's mod_reqtimeout: so long for a header, and for a body so long plus
what its size allows. A server of another kind needs a proxy before it that does the same.
"""

import asyncio
from enum import StrEnum
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.problems import PROBLEM_JSON, Problem

__all__ = ["GuardedConnection"]

_HEAD_S = 10.0  # for a header, from the connection's begin or the first byte
_BODY_S = 15.0
_BODY_BYTES_PER_S = 10_000  # as many more prolong the time for a body by a second
_REST_S = 5.0  # for the rest of a request that is answered, or to take the end of an answer
_TAKE_S = 30.0  # to take anything of a long answer
_BLOCKED_S = 1.0
_HEAD_BYTES = 65_536
# A chunk of one byte has five bytes around it. What has more is there to be endless.
_AROUND_A_BYTE = 8
_WAITING = 512  # connections that wait for their client; the oldest gives way to a new one


class _Phase(StrEnum):
    """What a connection is waiting for."""

    IDLE = "a request"
    HEAD = "the rest of a header"
    BODY = "the rest of a body"
    REST = "the rest of a request that is answered"
    ANSWER = "the service"
    END = "its end"


class GuardedConnection(HttpToolsProtocol):
    """A connection of uvicorn that is cut if its client is slow, endless or one of too many."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as uvicorn calls it
        super().__init__(*args, **kwargs)
        self._phase = _Phase.IDLE
        self._since = self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._read: _Phase | None = None  # what the parser is in: HEAD or BODY, None between
        self._received = 0  # bytes of the request that is being read
        self._body_bytes = 0  # those of its body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._enter(_Phase.IDLE, _HEAD_S)
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter(_Phase.END, None)
        if self._taking:
            self._taking.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._phase is _Phase.END:
            return
        if self._phase is _Phase.IDLE:
            self._received = self._body_bytes = 0
            self._enter(_Phase.HEAD, _HEAD_S)
        self._received += len(data)
        super().data_received(data)
        self._check_size()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._received = self._body_bytes = 0
        self._read = _Phase.HEAD

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._read = _Phase.BODY
        self._enter(_Phase.BODY, _BODY_S)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._read = None
        if self.cycle.response_complete:
            self._enter(_Phase.IDLE, _HEAD_S)
        else:
            self._enter(_Phase.ANSWER, None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._enter(_Phase.END, _HEAD_S)
        elif self.cycle.response_complete:  # else the next request is there already
            seconds = _REST_S if self._read is _Phase.BODY else _HEAD_S
            phase = _Phase.REST if self._read is _Phase.BODY else self._read or _Phase.IDLE
            self._enter(phase, seconds)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._taking:
            self._taking.cancel()

    def send_400_response(self, msg: str) -> None:
        self._cut(400, "Bad request", "This can't be read as HTTP.")

    def _unsupported_upgrade_warning(self) -> None:
        """Answer as if no other protocol were asked for, and read no more of the connection."""
        self.cycle.keep_alive = False

    def _enter(self, phase: _Phase, seconds: float | None) -> None:
        """Wait from now on, for the client so many seconds, for the service as long as it takes."""
        self._phase, self._since = phase, self.loop.time()
        self._wait(seconds)

    def _wait(self, seconds: float | None) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._due = self.loop.time() + seconds
            self._timer = self.loop.call_later(seconds, self._end_of_time)

    def _end_of_time(self) -> None:
        """Cut the connection, unless its client may not be to blame, or has time left."""
        now = self.loop.time()
        is_asked = self._phase in {_Phase.HEAD, _Phase.BODY}
        prolonged = self._since + _BODY_S + self._body_bytes / _BODY_BYTES_PER_S
        if now > self._due + _BLOCKED_S:
            self._wait(_BLOCKED_S)  # nothing ran for a while; what came meanwhile is read first
        elif self.flow.read_paused if is_asked else self.flow.write_paused:
            self._wait(_REST_S)  # the service does not read, or the client still takes an answer
        elif self._phase is _Phase.BODY and now < prolonged:
            self._wait(prolonged - now)
        elif is_asked:
            self._cut(408, "Request timeout", "The request took too long to come; send it again.")
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        """Drop the connection that has waited longest for its client, if too many do."""
        waiting = [
            each
            for each in self.connections
            if isinstance(each, GuardedConnection) and each._phase is not _Phase.ANSWER  # noqa: SLF001
        ]
        if len(waiting) > _WAITING:
            min(waiting, key=lambda each: each._since).transport.abort()  # noqa: SLF001

    def _check_size(self) -> None:
        """Cut the connection if there is too much of the request besides its body."""
        allowed = _HEAD_BYTES + (1 + _AROUND_A_BYTE) * self._body_bytes
        if self._received > allowed and self._phase is not _Phase.END:
            self._cut(431, "Request header fields too large", "Send a shorter header.")

    def _watch_taking(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._taking = self.loop.call_later(_TAKE_S, self._end_of_taking, left)

    def _end_of_taking(self, before: int) -> None:
        """Cut the connection if its client has taken nothing of the answer since."""
        if self.transport.get_write_buffer_size() < before:
            self._watch_taking()
        else:
            self.transport.abort()

    def _cut(self, status: int, title: str, detail: str) -> None:
        """Close the connection, and say why unless an answer is under way."""
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if not (is_answering and cycle.response_started):
            self.transport.write(_farewell(status, title, detail))
        if is_answering:  # whoever reads the body learns that there will be no more of it
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()
        self._enter(_Phase.END, _REST_S)


def _farewell(status: int, title: str, detail: str) -> bytes:
    problem = Problem(type="about:blank", title=title, status=status, detail=detail)
    body = problem.model_dump_json().encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\ncontent-type: {PROBLEM_JSON}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
