"""Serve POST /v1/chat/completions over real HTTP, as badly as a test asks for.

    async with faulty_server([schema_refused, status(503), reply('{"verdict": "good"}')]) as server:
        client = openai.AsyncOpenAI(base_url=server.base_url, api_key="test", max_retries=0)
        ...
    assert "tools" in server.requests[1].body

A behaviour is a `Response`, or a function of the request's JSON body that returns one, or None to
let the request through to the next behaviour. Each is served once, in order; the last repeats.
Those named `..._refused` are never used up: they play a server that can't do something, and answer
every request that asks for it until the script's end.

From code without an event loop:

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(
        faulty_server([reply("...")])
    ) as server: ...
"""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import h11

__all__ = [
    "Behaviour",
    "FaultyServer",
    "RecordedRequest",
    "Response",
    "a_completion",
    "dropped_mid_body",
    "empty_body",
    "faulty_server",
    "fixed_delay",
    "gzip_bomb",
    "gzipped",
    "html_page",
    "json_object_refused",
    "not_json",
    "option_refused",
    "parameter_refused",
    "raw",
    "redirect",
    "refusal",
    "reply",
    "schema_broken",
    "schema_refused",
    "slow",
    "status",
    "tool_reply",
    "tools_refused",
    "truncated",
]

Body: TypeAlias = Mapping[str, Any]

_JSON = "application/json"
_USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True)
class Response:
    """One scripted response.

    `delay_s` passes before its first byte; `sent_bytes` cuts the body short of its content-length
    and drops the connection; one that `stands` is not used up by being served.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = _JSON
    delay_s: float = 0.0
    sent_bytes: int | None = None
    stands: bool = False


Behaviour: TypeAlias = Response | Callable[[Body], Response | None]


@dataclass(frozen=True)
class RecordedRequest:
    """A request as it came in: JSON body, lower-case headers, event-loop time in seconds."""

    body: dict[str, Any]
    headers: dict[str, str]
    at: float


@dataclass(frozen=True)
class FaultyServer:
    """A running server: its address, and every completion request it got, oldest first."""

    base_url: str
    requests: list[RecordedRequest]


def reply(
    content: str | Body,
    *,
    logprobs: Sequence[tuple[str, Mapping[str, float]]] | None = None,
    usage: Body | None = _USAGE,
    finish_reason: str = "stop",
    model: str = "test-model",
) -> Response:
    """A chat completion; a mapping as content is written as JSON.

    `logprobs` has one (token, {alternative: log-probability}) for each token, the token itself
    among its alternatives, which come back as `top_logprobs`, likeliest first.
    """
    message = {"role": "assistant", "content": _text(content), "refusal": None}
    return _completion(message, finish_reason, logprobs=logprobs, usage=usage, model=model)


def tool_reply(arguments: str | Body, *, name: str = "submit_grade") -> Response:
    """A completion that calls the function `name`; arguments as text may be broken JSON."""
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": name, "arguments": _text(arguments)},
    }
    message = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}
    return _completion(message, "tool_calls")


def refusal(text: str) -> Response:
    """A completion in which the model declines: `message.refusal` set, no content."""
    return _completion({"role": "assistant", "content": None, "refusal": text}, "stop")


def raw(body: object, *, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any body under any status: bytes and text as they are, all else as JSON (NaN included)."""
    content = (
        body if isinstance(body, bytes) else body if isinstance(body, str) else json.dumps(body)
    )
    content = content.encode() if isinstance(content, str) else content
    return Response(content, status=code, headers=headers or {})


def a_completion(message: object, finish_reason: object = "stop", **changes: object) -> Response:
    """A completion with any message, as no server should send it; `changes` go to its top."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    whole = {"id": "c", "object": "chat.completion", "created": 0, "model": "test-model"}
    return raw({**whole, "choices": [choice], "usage": _USAGE, **changes})


def gzipped(response: Response) -> Response:
    """The response, packed."""
    packed = gzip.compress(response.body)
    return replace(response, body=packed, headers={"content-encoding": "gzip"})


def gzip_bomb(mebibytes: int) -> Response:
    """A small response that unpacks to so many MiB of white space."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    blank = b" " * 2**20
    packed = b"".join([*(packer.compress(blank) for _ in range(mebibytes)), packer.flush()])
    return Response(packed, headers={"content-encoding": "gzip"})


def redirect(location: str, code: int = 307) -> Response:
    """A redirect to an address or a path."""
    return Response(status=code, headers={"location": location})


def truncated(content: str, length: int) -> Response:
    """A completion cut after `length` characters, with finish_reason `length`."""
    return reply(content[:length], finish_reason="length")


def status(
    code: int, *, headers: Mapping[str, str] | None = None, body: str | Body | None = None
) -> Response:
    """Any status, such as 429 with {"retry-after": "1"}; without a body, OpenAI's error object."""
    said = _error(f"HTTP {code}") if body is None else body
    return Response(_text(said).encode(), status=code, headers=headers or {})


def dropped_mid_body(content: str) -> Response:
    """Announces a whole completion, sends half of its bytes, closes the connection."""
    whole = reply(content)
    return replace(whole, sent_bytes=len(whole.body) // 2)


def slow(seconds: float, then: Behaviour) -> Behaviour:
    """`then`, its first byte held back for `seconds`."""

    def behaviour(body: Body) -> Response | None:
        response = _resolve(then, body)
        return response and replace(response, delay_s=response.delay_s + seconds)

    return behaviour


def fixed_delay(ms: float, content: str) -> Response:
    """A completion that takes `ms` milliseconds, for measuring throughput."""
    return replace(reply(content), delay_s=ms / 1000)


def html_page(_: Body) -> Response:
    """A 200 with a proxy's sign-in page."""
    page = b"<!doctype html><html><body><h1>Sign in to continue</h1></body></html>"
    return Response(page, content_type="text/html; charset=utf-8")


def not_json(_: Body) -> Response:
    """A 200 that calls itself JSON and is none."""
    return Response(b'{"choices": [{"message": {"content": "goo')


def empty_body(_: Body) -> Response:
    """A 200 of no bytes."""
    return Response()


def schema_refused(body: Body) -> Response | None:
    """400 to every request for a strict JSON schema."""
    return _response_format_refused("json_schema", body)


def json_object_refused(body: Body) -> Response | None:
    """400 to every request for JSON mode."""
    return _response_format_refused("json_object", body)


def tools_refused(body: Body) -> Response | None:
    """400 to every request that offers tools."""
    if not body.get("tools"):
        return None
    return _refused("test-model does not support tools", parameter="tools")


def parameter_refused(name: str) -> Behaviour:
    """400 with `error.param` set to `name` to every request that carries that parameter."""

    def behaviour(body: Body) -> Response | None:
        if name not in body:
            return None
        said = f"Unsupported parameter: '{name}' is not supported with this model."
        return _refused(said, parameter=name)

    return behaviour


def option_refused(name: str, code: int, body: Body | str) -> Behaviour:
    """Any status and body to every request that carries that parameter."""

    def behaviour(asked: Body) -> Response | None:
        return replace(raw(body, code=code), stands=True) if name in asked else None

    return behaviour


def schema_broken(body: Body) -> Response | None:
    """500 to every request for a strict JSON schema, as some gateways answer."""
    is_schema = (body.get("response_format") or {}).get("type") == "json_schema"
    return replace(status(500), stands=True) if is_schema else None


@asynccontextmanager
async def faulty_server(behaviours: Iterable[Behaviour]) -> AsyncIterator[FaultyServer]:
    """Serve the script on a free loopback port; on leaving, open connections are cut at once."""
    loop = asyncio.get_running_loop()
    requests: list[RecordedRequest] = []
    script = _Script(behaviours)
    connections: set[asyncio.Transport] = set()
    listener = await loop.create_server(
        lambda: _Connection(script, requests, connections), "127.0.0.1", 0
    )
    port = listener.sockets[0].getsockname()[1]
    try:
        yield FaultyServer(f"http://127.0.0.1:{port}/v1", requests)
    finally:
        listener.close()
        for connection in list(connections):
            connection.abort()
        await listener.wait_closed()


class _Script:
    """The behaviours that are left."""

    def __init__(self, behaviours: Iterable[Behaviour]) -> None:
        self._behaviours = list(behaviours)
        self._used: set[int] = set()

    def next_response(self, body: Body) -> Response:
        last = len(self._behaviours) - 1
        for place, behaviour in enumerate(self._behaviours):
            if place in self._used and place != last:
                continue
            response = _resolve(behaviour, body)
            if response is None:
                continue
            if not response.stands:
                self._used.add(place)
            return response
        return status(500, body=_error("faulty_server: the script has nothing for this request"))


class _Connection(asyncio.Protocol):
    """One keep-alive connection; h11 reads and writes HTTP, timers hold slow responses back."""

    def __init__(
        self,
        script: _Script,
        requests: list[RecordedRequest],
        connections: set[asyncio.Transport],
    ) -> None:
        self._script = script
        self._requests = requests
        self._connections = connections
        self._http = h11.Connection(h11.SERVER)
        self._data = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._connections.discard(self._transport)
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._read()

    def _read(self) -> None:
        while True:
            match self._http.next_event():
                case h11.Request() as request:
                    self._request, self._data = request, bytearray()
                case h11.Data(data=data):
                    self._data += data
                case h11.EndOfMessage():
                    self._answer(self._chosen_response())
                case h11.ConnectionClosed():
                    self._transport.close()
                    return
                case _:
                    return

    def _chosen_response(self) -> Response:
        method, target = self._request.method, self._request.target
        if (method, target) != (b"POST", b"/v1/chat/completions"):
            return status(404, body=_error(f"no route {method.decode()} {target.decode()}"))
        try:
            body = json.loads(self._data)
        except ValueError:
            return status(400, body=_error("the request body is not JSON"))
        headers = {name.decode(): value.decode("latin-1") for name, value in self._request.headers}
        self._requests.append(RecordedRequest(body, headers, asyncio.get_running_loop().time()))
        return self._script.next_response(body)

    def _answer(self, response: Response) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(response.delay_s, self._send, response)

    def _send(self, response: Response) -> None:
        headers = {
            "content-type": response.content_type,
            "content-length": str(len(response.body)),
            **response.headers,
        }
        head = h11.Response(status_code=response.status, headers=list(headers.items()))
        self._write(head)
        self._write(h11.Data(data=response.body[: response.sent_bytes]))
        if response.sent_bytes is not None:
            self._transport.close()
            return
        self._write(h11.EndOfMessage())
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
            self._read()
        else:
            self._transport.close()

    def _write(self, event: h11.Event) -> None:
        self._transport.write(self._http.send(event) or b"")


def _resolve(behaviour: Behaviour, body: Body) -> Response | None:
    return behaviour if isinstance(behaviour, Response) else behaviour(body)


def _completion(
    message: Body,
    finish_reason: str,
    *,
    logprobs: Sequence[tuple[str, Mapping[str, float]]] | None = None,
    usage: Body | None = _USAGE,
    model: str = "test-model",
) -> Response:
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": finish_reason,
        "logprobs": None if logprobs is None else {"content": _tokens(logprobs), "refusal": None},
    }
    completion = {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [choice],
        **({} if usage is None else {"usage": usage}),
    }
    return Response(json.dumps(completion).encode())


def _tokens(logprobs: Sequence[tuple[str, Mapping[str, float]]]) -> list[dict[str, Any]]:
    return [
        {
            **_token(token, alternatives[token]),
            "top_logprobs": [
                _token(text, logprob)
                for text, logprob in sorted(alternatives.items(), key=lambda item: -item[1])
            ],
        }
        for token, alternatives in logprobs
    ]


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def _response_format_refused(kind: str, body: Body) -> Response | None:
    if (body.get("response_format") or {}).get("type") != kind:
        return None
    said = f"Invalid parameter: 'response_format' of type '{kind}' is not supported by this model."
    return _refused(said, parameter="response_format")


def _refused(message: str, *, parameter: str) -> Response:
    return replace(status(400, body=_error(message, parameter=parameter)), stands=True)


def _error(message: str, *, parameter: str | None = None) -> Body:
    error = {"message": message, "type": "invalid_request_error", "param": parameter, "code": None}
    return {"error": error}


def _text(value: str | Body) -> str:
    return value if isinstance(value, str) else json.dumps(value)
