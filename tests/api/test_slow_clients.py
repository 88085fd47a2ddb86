"""Slow, endless and too many requests are cut, while others are served; over real sockets."""

import contextlib
import json
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from service.keys import make_key
from tests.api.served import Served, served

pytestmark = pytest.mark.slow

KEY = make_key()
BEARER = f"Authorization: Bearer {KEY}\r\n"
BOUND_S = 30
POST = f"POST /v1/notes HTTP/1.1\r\nHost: localhost\r\n{BEARER}Content-Type: application/json\r\n"
BODY = json.dumps({"text": "- full loads every night", "playbook": "data-engineering"}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with served(folder, "--host", "0.0.0.0", PROBEWISE_SERVICE_KEYS=KEY) as running:  # noqa: S104 - behind a key
        yield running


def drip(begin: str, piece: bytes, pause_s: float = 1) -> Callable[[socket.socket], None]:
    """Send the beginning, then the piece again and again."""

    def send(client: socket.socket) -> None:
        client.sendall(begin.encode())
        while True:
            client.sendall(piece)
            time.sleep(pause_s)

    return send


def request(begin: str, rest: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda client: client.sendall(begin.encode() + rest)


CHUNKED = f"{POST}Transfer-Encoding: chunked\r\n\r\n"
GET = "GET /livez HTTP/1.1\r\nHost: localhost\r\n"
TRICKS: dict[str, Callable[[socket.socket], None]] = {
    "says nothing": request(""),
    "begins a header": request(GET),
    "sends a header a byte a second": drip("GET /livez HTTP/1.1\r\nX: ", b"a"),
    "sends headers a line a second": drip(GET, b"X: a\r\n"),
    "sends empty lines": drip("", b"\r\n"),
    "sends empty lines after a request": drip(f"{GET}\r\n", b"\r\n"),
    "begins a second request": drip(f"{GET}\r\n{GET}X: ", b"a"),
    "sends an endless header": drip(f"{GET}X: ", b"a" * 10_000, 0),
    "sends endless headers": drip(GET, b"X: a\r\n" * 1_000, 0),
    "sends an endless path": drip("GET /", b"a" * 10_000, 0),
    "sends a body a byte a second": drip(f"{POST}Content-Length: 100\r\n\r\n", b"a"),
    "sends no body": request(f"{POST}Content-Length: 100\r\n\r\n"),
    "sends a chunk a second": drip(CHUNKED, b"1\r\na\r\n"),
    "sends an endless chunk header": drip(f"{CHUNKED}1;", b"a" * 10_000, 0),
    "sends endless trailers": drip(f"{CHUNKED}1\r\na\r\n0\r\n", b"X: a\r\n" * 1_000, 0),
    "goes on after its refusal": drip(
        "POST /v1/notes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
        b"a" * 10_000,
        0.01,
    ),
    "upgrades and talks on": drip(
        f"{GET}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", b"a" * 100, 0.1
    ),
}


class Trickster(threading.Thread):
    """A client that does its trick until it is cut off, and knows how long that took."""

    def __init__(self, server: Served, trick: Callable[[socket.socket], None]) -> None:
        super().__init__(daemon=True)
        self._server, self._trick = server, trick
        self.cut_after_s: float | None = None
        self.said = b""

    def run(self) -> None:
        began = time.monotonic()
        with self._server.connect() as client:
            reader = threading.Thread(target=self._read, args=(client, began), daemon=True)
            reader.start()
            with contextlib.suppress(OSError):
                self._trick(client)
            reader.join()

    def _read(self, client: socket.socket, began: float) -> None:
        with contextlib.suppress(ConnectionError):
            while said := client.recv(65_536):
                self.said += said
        self.cut_after_s = time.monotonic() - began


def test_every_trick_is_cut_in_time_while_others_are_served(server: Served) -> None:
    before_mb = server.memory_mb()
    tricksters = {name: Trickster(server, trick) for name, trick in TRICKS.items()}
    for trickster in tricksters.values():
        trickster.start()
    end = time.monotonic() + BOUND_S
    slowest_s = 0.0
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {KEY}"}) as client:
        while time.monotonic() < end and any(each.is_alive() for each in tricksters.values()):
            began = time.monotonic()
            assert client.get("/v1/engagements").status_code == 200
            slowest_s = max(slowest_s, time.monotonic() - began)
            time.sleep(0.2)
    left = [name for name, each in tricksters.items() if each.cut_after_s is None]
    assert not left, f"still there after {BOUND_S} s: {left}"
    assert slowest_s < 3
    assert server.memory_mb() < before_mb + 60
    log = server.log.read_text("utf-8")
    assert "Traceback" not in log
    for name in ("sends a header a byte a second", "sends a body a byte a second"):
        head, _, problem = tricksters[name].said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 "), name
        assert json.loads(problem)["status"] == 408
    for name in ("sends an endless header", "sends endless headers"):
        assert tricksters[name].said.startswith(b"HTTP/1.1 431 "), name
    assert tricksters["goes on after its refusal"].said.startswith(b"HTTP/1.1 401 ")


def test_half_open_connections_are_bounded_and_the_oldest_give_way(server: Served) -> None:
    with contextlib.ExitStack() as opened:
        clients = []
        for _ in range(800):
            clients.append(opened.enter_context(server.connect()))
            clients[-1].sendall(GET.encode())
        assert httpx2.get(f"{server.url}/livez").status_code == 200
        alive = sum(not _is_cut(client) for client in clients)
        assert 256 <= alive <= 512
        assert not _is_cut(clients[-1])


def _is_cut(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_a_slow_but_honest_client_is_served(server: Served) -> None:
    """A header in three parts, a body in three; many requests on one connection."""
    with server.connect() as client:
        for _ in range(2):
            whole = f"{POST}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
            third = len(whole) // 6
            for start in range(0, len(whole), third):
                client.sendall(whole[start : start + third])
                time.sleep(0.5)
            assert _read_response(client).startswith(b"HTTP/1.1 200 ")


def test_requests_that_are_sent_ahead_are_answered_in_order(server: Served) -> None:
    with server.connect() as client:
        get = f"GET /v1/playbooks HTTP/1.1\r\nHost: localhost\r\n{BEARER}\r\n"
        client.sendall(f"{get}{GET}\r\n{get}".encode())
        responses = [_read_response(client) for _ in range(3)]
        assert [b"data-engineering" in each for each in responses] == [True, False, True]
        client.sendall(f"{GET}\r\n".encode())
        assert b"live" in _read_response(client)


def _read_response(client: socket.socket) -> bytes:
    """Read exactly one response, whose length its header says."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += client.recv(1)
    headers = said.lower()
    length = int(headers.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return said + body


def test_what_is_no_http_gets_a_problem(server: Served) -> None:
    with server.connect() as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        said = _read_response(client)
        assert said.startswith(b"HTTP/1.1 400 ")
        assert json.loads(said.partition(b"\r\n\r\n")[2])["status"] == 400


def test_the_databases_are_for_their_owner_alone(server: Served) -> None:
    files = [file for file in Path(server.log.parent).iterdir() if "sqlite3" in file.name]
    assert {"probewise.sqlite3", "probewise.jobs.sqlite3"} <= {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
