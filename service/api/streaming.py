"""Server-sent events: work that tells what it has as soon as it has it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Send

from service.api.problems import problem_of, retry_after_s
from service.records import Frozen

__all__ = ["EVENT_STREAM", "HEARTBEAT_S", "EventStream", "Tell"]

EVENT_STREAM = "text/event-stream"
HEARTBEAT_S = 15.0  # proxies take a connection for dead after a minute or less

Tell = Callable[[str, Frozen, str | None], None]


class EventStream(EventSourceResponse):
    """A response that streams what `work` tells: an event's name, its data and its id or None.

    An error of the work is the last event, `error`, whose data is a problem; its `retry` is what
    the Retry-After header is elsewhere, in milliseconds. A comment goes out wherever nothing else
    did for 15 seconds. The work is cancelled when the client goes away.
    """

    def __init__(self, work: Callable[[Tell], Awaitable[None]]) -> None:
        self._chunks = _chunks(work)
        # Nginx would hold events back until its buffer is full.
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(self._chunks, headers=headers)

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().stream_response(send)


async def _chunks(work: Callable[[Tell], Awaitable[None]]) -> AsyncGenerator[bytes]:
    told: asyncio.Queue[bytes | None] = asyncio.Queue()

    def tell(event: str, data: Frozen, event_id: str | None) -> None:
        encoded = format_sse_event(event=event, data_str=data.model_dump_json(), id=event_id)
        told.put_nowait(encoded)

    task = asyncio.create_task(_worked(work, tell, told))
    try:
        while (chunk := await _next(told)) is not None:
            yield chunk
    finally:
        task.cancel()


async def _worked(
    work: Callable[[Tell], Awaitable[None]], tell: Tell, told: asyncio.Queue[bytes | None]
) -> None:
    try:
        await work(tell)
    except Exception as error:  # noqa: BLE001  # the status is sent: this is where it can be told
        wait = retry_after_s(error)
        told.put_nowait(
            format_sse_event(
                event="error",
                data_str=problem_of(error).model_dump_json(),
                retry=None if wait is None else wait * 1000,
            )
        )
    finally:
        told.put_nowait(None)


async def _next(told: asyncio.Queue[bytes | None]) -> bytes | None:
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            return await told.get()
    except TimeoutError:
        return KEEPALIVE_COMMENT
