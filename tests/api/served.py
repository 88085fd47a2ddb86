"""`probewise serve` in a process of its own, for what only real sockets show."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

__all__ = ["Served", "served"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, its process and its log."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def memory_mb(self) -> float:
        """What the process has in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def served(folder: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve on a free port of every address that the options name, with the embedded judge."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    mine = {n: v for n, v in os.environ.items() if not n.startswith(("PROBEWISE_", "OPENAI_"))}
    log = folder / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "service.cli", "serve", "--port", str(port), *options],
            env={**mine, "PYTHONPATH": str(ROOT), **environment},
            cwd=folder,
            stdout=stream,
            stderr=stream,
        )
    try:
        server = Served(port, process, log)
        _wait_until_ready(server)
        yield server
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Served) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.process.poll() is None, server.log.read_text("utf-8")
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"{server.url}/readyz").status_code == 200:
                return
        time.sleep(0.05)
    raise TimeoutError(server.log.read_text("utf-8"))
