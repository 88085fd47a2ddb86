"""What a server goes through, and what must be true of every job afterwards."""

import asyncio
import contextlib
import json
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2

from tests.chaos.outages import Storage
from tests.faulty_server import Body, Response, faulty_server, fixed_delay
from tests.jobs.test_restart import CALL, QUESTIONS, a_server

__all__ = ["Ordeal", "Report", "SlowModel", "survive"]

_STATES = "SELECT status, count(*) FROM jobs GROUP BY status"
_TOLD_WITHIN_S = 12.0  # trouble is told after a few seconds, on a busy machine too


@dataclass(frozen=True)
class Ordeal:
    """How much is done to the server; times in seconds."""

    answers: int
    transcripts: int
    kills: int
    locked_s: float
    full_s: float


@dataclass
class Report:
    """What happened, and every promise that was broken."""

    storage: str
    facts: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, is_true: object, promise: str) -> None:
        if not is_true:
            self.broken.append(promise)


class SlowModel:
    """Takes its time over a grade; finds each line's question by its name."""

    def __init__(self) -> None:
        self.delay_ms = 3_000.0
        self.graded = 0

    def __call__(self, body: Body) -> Response:
        schema = body["response_format"]["json_schema"]["schema"]["properties"]
        messages = "\n".join(message["content"] for message in body["messages"])
        if "answers" in schema:
            lines = re.findall(r"(\d+) \[C\] About (\S+),", messages)
            found = [
                {"question_id": question, "stretches": [{"first": int(n), "last": int(n)}]}
                for n, question in lines
            ]
            return fixed_delay(0, json.dumps({"answers": found}))
        self.graded += 1
        claims = {s: {"status": "absent", "quote": ""} for s in schema["signals"]["required"]}
        content = {"signals": claims, "rationale": "No mechanism is named.", "verdict": "weak"}
        return fixed_delay(self.delay_ms, json.dumps(content))


async def survive(ordeal: Ordeal, storage: Storage, folder: Path) -> Report:
    """Put a server through it, and report what became of what it had accepted."""
    report, model, started = Report(storage.name), SlowModel(), time.monotonic()
    async with faulty_server([model]) as upstream:
        environment = {
            "PROBEWISE_DATABASE_URL": storage.url,
            "PROBEWISE_FALLBACK": "none",
            "OPENAI_BASE_URL": upstream.base_url,
        }
        jobs = await _kill_again_and_again(ordeal, environment, folder)
        report.facts["graded when the kills ended"] = model.graded
        model.delay_ms = 500.0
        async with a_server(environment, folder) as (client, process):
            for name, outage, lasts_s in (
                ("locked", storage.lock, ordeal.locked_s),
                ("full", storage.fill, ordeal.full_s),
            ):
                jobs.append(await _post_batch(client, f"{name} soon", 40))
                await _go_without(report, client, name, outage(process), lasts_s)
            await _check_jobs(report, client, jobs)
    _check_tables(report, storage, ordeal)
    log = (folder / "server.log").read_text()
    report.expect("Traceback" not in log, "no traceback is in the log")
    report.facts["replies of the model"] = model.graded
    report.facts["seconds"] = round(time.monotonic() - started)
    return report


async def _kill_again_and_again(
    ordeal: Ordeal, environment: dict[str, str], folder: Path
) -> list[str]:
    """Post everything, a little in each life of the server; return where the jobs are."""
    chance = random.Random(20)  # noqa: S311 - the same ordeal each time
    jobs: list[str] = []
    posted = 0
    for life in range(1, ordeal.kills + 1):
        async with a_server(environment, folder) as (client, process):
            if not jobs:
                jobs.append(await _post_batch(client, "night", ordeal.answers))
            while posted < ordeal.transcripts * life / ordeal.kills:
                jobs.append(await _post_transcript(client, posted))
                posted += 1
            await asyncio.sleep(chance.uniform(0.2, 5.0))
            process.kill()
            process.wait()
    return jobs


async def _post_batch(client: httpx2.AsyncClient, what: str, answers: int) -> str:
    batch = [
        {"question_id": QUESTIONS[n % 6], "answer": f"About {QUESTIONS[n % 6]}, {what}, run {n}."}
        for n in range(answers)
    ]
    taken = await client.post("/v1/answers:batch", json=batch, timeout=60)
    assert taken.status_code == 202, taken.text
    return taken.headers["location"]


async def _post_transcript(client: httpx2.AsyncClient, number: int) -> str:
    query = {"customer": "Ada", "playbook": "data-engineering", "call_id": f"c-{number}"}
    content = CALL.replace("nightly", f"nightly, call {number}")
    headers = {"content-type": "text/vtt"}
    taken = await client.post(
        "/v1/transcripts", params=query | {"tool": "chaos"}, headers=headers, content=content
    )
    assert taken.status_code == 202, taken.text
    return taken.headers["location"]


async def _go_without(
    report: Report,
    client: httpx2.AsyncClient,
    name: str,
    outage: contextlib.AbstractAsyncContextManager[None],
    lasts_s: float,
) -> None:
    """Ask the server things while its database is in trouble, and once it is well again."""
    answer = {"question_id": QUESTIONS[0], "answer": f"About {QUESTIONS[0]}, {name}."}
    await asyncio.sleep(1)
    async with outage, _a_while(lasts_s):
        ready, _ = await _ask(client, "GET", "/readyz")
        report.expect(ready.status_code == 503, f"{name}: /readyz says 503")
        refused, took_s = await _ask(client, "POST", "/v1/grades", json=answer)
        report.expect(refused.status_code == 503, f"{name}: a post is answered with 503")
        report.expect("retry-after" in refused.headers, f"{name}: Retry-After is named")
        report.expect(took_s < _TOLD_WITHIN_S, f"{name}: it is told soon, not in {took_s:.0f} s")
        job, _ = await _ask(client, "POST", "/v1/answers:batch", json=[answer])
        report.expect(job.status_code == 503, f"{name}: no job is acknowledged")
    with anyio.fail_after(60):
        while (await _ask(client, "GET", "/readyz"))[0].status_code != 200:
            await anyio.sleep(0.5)
    graded, _ = await _ask(client, "POST", "/v1/grades", json=answer)
    report.expect(graded.status_code == 200, f"{name}: all is well afterwards")


@contextlib.asynccontextmanager
async def _a_while(seconds: float) -> AsyncIterator[None]:
    """Stay inside for so long, at least."""
    ends = time.monotonic() + seconds
    yield
    await asyncio.sleep(max(0.0, ends - time.monotonic()))


async def _ask(
    client: httpx2.AsyncClient, method: str, path: str, **parts: Any
) -> tuple[httpx2.Response, float]:
    started = time.monotonic()
    response = await client.request(method, path, timeout=120, **parts)
    return response, time.monotonic() - started


async def _check_jobs(report: Report, client: httpx2.AsyncClient, jobs: list[str]) -> None:
    """Wait until every job is over; each entry then has one outcome."""
    waited = time.monotonic()
    for place in jobs:
        with anyio.fail_after(300):
            while (job := (await _ask(client, "GET", place))[0].json())["status"] not in {
                "done",
                "failed",
            }:
                await anyio.sleep(0.5)
        if job["status"] == "failed":
            report.expect(job["problem"], f"{place} failed with its reason")
            continue
        if job["kind"] == "transcript":
            found = [result["question_id"] for result in job["scorecard"]["results"]]
            report.expect(found == QUESTIONS, f"{place} has every question once")
            results = job["scorecard"]["results"]
        else:
            results = job["batch"]["results"]
            numbers = [result["number"] for result in results]
            report.expect(
                numbers == list(range(1, job["total"] + 1)), f"{place} has every answer once"
            )
        outcomes = [
            sum(result.get(kind) is not None for kind in ("grade", "ungraded", "refused"))
            for result in results
        ]
        report.expect(set(outcomes) == {1}, f"{place}: one grade or reason for each")
    report.facts["seconds until all jobs were over"] = round(time.monotonic() - waited)


def _check_tables(report: Report, storage: Storage, ordeal: Ordeal) -> None:
    """Look into the tables: nothing is there twice, and no job is left."""
    states: dict[str, int] = dict(storage.count(_STATES))
    report.facts["jobs"] = states
    report.expect(set(states) == {"done"}, "every job is done")
    wanted = ordeal.answers + 6 * ordeal.transcripts + 2 * 40
    ((stored, different),) = storage.count(
        "SELECT count(*), count(DISTINCT source_call_id || ' ' || source_event_id) FROM grades "
        "WHERE source_tool IS NOT NULL"
    )
    report.facts["grades"] = f"{stored} of {wanted}"
    report.expect(stored == different == wanted, "every answer has one grade")
