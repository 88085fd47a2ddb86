"""Cancelling jobs: nothing more is graded, what was graded stays, and it can go on later."""

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import pytest

from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question
from service.storage.jobs import JobRepository
from service.wiring import Parts
from tests.api.jobs_over import over
from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANSWERS = [{"question_id": "cooking.1", "answer": f"Answer {n}."} for n in range(40)]


class SlowJudge(FakeJudge):
    """Grades so many answers at once, then none until it is let go on."""

    def __init__(self, at_once: int) -> None:
        super().__init__()
        self.at_once = at_once
        self.go_on = asyncio.Event()

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        if len(self.asked) >= self.at_once:
            await self.go_on.wait()
        return await super().grade(question, answer)


@pytest.fixture
def judge() -> SlowJudge:
    return SlowJudge(at_once=5)


async def post(client: httpx2.AsyncClient, **change: str) -> httpx2.Response:
    return await client.post("/v1/answers:batch", json=[{**each, **change} for each in ANSWERS])


async def a_running_job(client: httpx2.AsyncClient, judge: SlowJudge) -> str:
    job_id: str = (await post(client)).json()["id"]
    await wait_until(client, job_id, lambda job: job["finished"] >= judge.at_once)
    return job_id


async def wait_until(
    client: httpx2.AsyncClient, job_id: str, is_so: Callable[[dict[str, Any]], bool]
) -> None:
    with anyio.fail_after(30):
        while not is_so(await job_of(client, job_id)):  # noqa: ASYNC110 - as a caller does
            await anyio.sleep(0.01)


async def job_of(client: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = (await client.get(f"/v1/jobs/{job_id}")).json()
    return job


async def cancel(client: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    response = await client.post(f"/v1/jobs/{job_id}:cancel")
    assert response.status_code == 200, response.text
    job: dict[str, Any] = response.json()
    return job


async def stored(client: httpx2.AsyncClient) -> int:
    return len((await client.get("/v1/grades", params={"limit": 200})).json()["grades"])


async def test_a_cancelled_job_asks_no_judge_any_more_and_its_grades_stay(
    client: httpx2.AsyncClient, judge: SlowJudge
) -> None:
    job_id = await a_running_job(client, judge)
    cancelled = await cancel(client, job_id)
    assert (cancelled["status"], cancelled["problem"]) == ("cancelled", None)
    judge.go_on.set()
    await anyio.sleep(0.2)
    assert len(judge.asked) == judge.at_once
    assert (await job_of(client, job_id))["status"] == "cancelled"
    assert await stored(client) == judge.at_once
    listed = (await client.get("/v1/jobs", params={"status": "cancelled"})).json()["jobs"]
    assert [job["id"] for job in listed] == [job_id]


async def test_posting_the_same_content_goes_on_and_pays_for_nothing_twice(
    client: httpx2.AsyncClient, judge: SlowJudge
) -> None:
    job_id = await a_running_job(client, judge)
    await cancel(client, job_id)
    judge.go_on.set()
    again = await post(client)
    assert (again.status_code, again.json()["id"]) == (202, job_id)
    job = await over(client, again)
    assert (job["status"], job["finished"]) == ("done", len(ANSWERS))
    assert len(judge.asked) == len(ANSWERS)


async def test_a_job_that_waits_for_its_turn_never_begins(
    client: httpx2.AsyncClient, judge: SlowJudge
) -> None:
    await a_running_job(client, judge)
    # Two are worked on at a time.
    ids = [(await post(client, engagement_id=name)).json()["id"] for name in ("one", "two")]
    waiting = ids[-1]
    assert (await cancel(client, waiting))["status"] == "cancelled"
    judge.go_on.set()
    await wait_until(client, ids[0], lambda job: job["status"] == "done")
    await anyio.sleep(0.1)
    assert (await job_of(client, waiting))["status"] == "cancelled"
    of_waiting = {"engagement_id": "two"}
    assert (await client.get("/v1/grades", params=of_waiting)).json()["grades"] == []


async def test_a_job_that_another_process_was_asked_to_cancel_stops_too(
    client: httpx2.AsyncClient, judge: SlowJudge, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts.queue._under_way, "_look_every_s", 0.05)
    job_id = await a_running_job(client, judge)
    await JobRepository(parts.database).cancel(job_id)
    await anyio.sleep(0.5)
    judge.go_on.set()
    await anyio.sleep(0.2)
    assert len(judge.asked) == judge.at_once


async def test_a_job_that_is_over_stays_as_it_is_however_often_it_is_cancelled(
    client: httpx2.AsyncClient, judge: SlowJudge
) -> None:
    judge.go_on.set()
    job = await over(client, await post(client))
    assert await cancel(client, job["id"]) == job
    assert await cancel(client, job["id"]) == job


@pytest.mark.parametrize("job_id", ["job_000000000000000000000000", "nope", "%00"])
async def test_a_job_that_is_not_there_can_not_be_cancelled(
    client: httpx2.AsyncClient, job_id: str
) -> None:
    response = await client.post(f"/v1/jobs/{job_id}:cancel")
    assert response.status_code == 404
    assert response.json()["type"].endswith(":unknown-job")
