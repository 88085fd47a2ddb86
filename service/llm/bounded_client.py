"""Read no more than a reply can need, and send a customer's words nowhere but where they belong."""

import ssl
import zlib
from functools import cache
from typing import Any

import httpx2
from openai import DefaultAsyncHttpxClient

__all__ = ["BoundedClient", "OversizedReply", "RefusedRedirect"]

MOST_BYTES = 4 * 1024 * 1024
_MOST_REDIRECTS = 2
# What the body was packed in, which it no longer is.
_PACKING = {"content-encoding", "content-length", "transfer-encoding"}
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # zlib finds the header


class OversizedReply(httpx2.RequestError):
    """The body of a response is larger than any reply can be."""

    def __init__(self) -> None:
        super().__init__(f"the reply is larger than {MOST_BYTES // 1024**2} MiB")


class RefusedRedirect(httpx2.RequestError):
    """A redirect leads to another server, or goes on and on."""


class BoundedClient(DefaultAsyncHttpxClient):
    """An HTTP client that reads at most 4 MiB of a body, counted after it is unpacked.

    It follows at most two redirects, and none to another scheme, host or port: a request holds a
    customer's words. It raises OversizedReply and RefusedRedirect.
    """

    def __init__(self) -> None:
        # It asks for what _Unpacker can stop in time.
        super().__init__(headers={"Accept-Encoding": "gzip"}, verify=_load_certificates())

    async def send(
        self,
        request: httpx2.Request,
        *,
        stream: bool = False,  # what is returned is whole, and can be read again
        auth: Any = httpx2.USE_CLIENT_DEFAULT,  # noqa: ANN401 - as httpx2 has it
        follow_redirects: Any = None,  # noqa: ANN401 - decided here
    ) -> httpx2.Response:
        """Send the request; the response is read and whole, or an error is raised."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = await super().send(request, stream=True, auth=auth, follow_redirects=False)
            try:
                following = response.next_request
                if following is None:
                    return await _read(response)
            finally:
                await response.aclose()
            if _find_origin(following.url) != _find_origin(request.url):
                raise RefusedRedirect("a redirect to another server is not followed")
            request = following
        raise RefusedRedirect("one redirect after the other")


@cache
def _load_certificates() -> ssl.SSLContext:
    """Load the certificates once: that takes 40 ms, and there is a client for each model."""
    return httpx2.create_ssl_context()


def _find_origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    """Return scheme, host and port; httpx2 leaves the scheme's own port out."""
    return url.scheme, url.host, url.port


async def _read(response: httpx2.Response) -> httpx2.Response:
    unpacker = _Unpacker(response.headers.get("content-encoding", ""))
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += unpacker.unpack(chunk, MOST_BYTES + 1 - len(content))
        if len(content) > MOST_BYTES:
            raise OversizedReply
    headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _PACKING]
    return httpx2.Response(
        response.status_code,
        headers=headers,
        content=bytes(content),
        request=response.request,
        extensions=response.extensions,
    )


class _Unpacker:
    """Unpacks a body piece by piece, never more of it than is asked for.

    A body that is not packed as it says, or in a way that nobody asked for, is left as it is.
    """

    def __init__(self, encoding: str) -> None:
        window = _WINDOWS.get(encoding.strip().lower())
        self._stream = zlib.decompressobj(window) if window else None

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Unpack a piece to at most `most` bytes."""
        if self._stream is None:
            return chunk[:most]
        try:
            return self._stream.decompress(self._stream.unconsumed_tail + chunk, most)
        except zlib.error:
            self._stream = None
            return chunk[:most]
