"""A job that waits for its model says so, and when it is tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx2
import pytest

from service.errors import ModelUnavailable
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from service.settings import Settings
from service.wiring import Parts
from tests.api.jobs_over import over
from tests.fakes import FakeAssigner, FakeJudge, FakeRunner, fake_parts

pytestmark = pytest.mark.anyio

CALL = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>For dish 2 we rarely look.\n"
PAUSE_S = 600


@pytest.fixture
def parts(settings: Settings, judge: FakeJudge, assigner: FakeAssigner) -> Parts:
    parts = fake_parts(settings, judge, assigner)
    parts.runner = FakeRunner(pause_s=PAUSE_S)
    return parts


async def post(client: httpx2.AsyncClient) -> httpx2.Response:
    params = {"customer": "Ada", "playbook": "cooking"}
    headers = {"content-type": "text/vtt"}
    return await client.post("/v1/transcripts", params=params, content=CALL, headers=headers)


async def waiting(client: httpx2.AsyncClient, taken: httpx2.Response) -> dict[str, Any]:
    with anyio.fail_after(30):
        while True:
            job: dict[str, Any] = (await client.get(taken.headers["location"])).json()
            if job["waiting"]:
                return job
            await anyio.sleep(0.01)


@pytest.mark.parametrize("fails", ["assigner", "judge"])
async def test_it_says_what_it_waits_for_and_until_when(
    client: httpx2.AsyncClient, judge: FakeJudge, assigner: FakeAssigner, fails: str
) -> None:
    if fails == "assigner":
        assigner.failure = ModelUnavailable("key sk-123 refused")
    else:
        judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="key sk-123 refused")
    before = datetime.now(UTC)
    job = await waiting(client, await post(client))
    assert (job["status"], job["problem"]) == ("queued", None)
    assert job["waiting"]["reason"] == "model_unavailable"
    assert "tried again by itself" in job["waiting"]["detail"]
    retry_at = datetime.fromisoformat(job["waiting"]["retry_at"])
    assert timedelta() <= retry_at - before - timedelta(seconds=PAUSE_S) < timedelta(seconds=30)
    assert "sk-123" not in str(job)
    [listed] = (await client.get("/v1/jobs", params={"status": "queued"})).json()["jobs"]
    assert listed["waiting"] == job["waiting"]


async def test_a_job_that_waits_can_be_cancelled_and_posted_again(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="")
    job_id = (await waiting(client, await post(client)))["id"]
    cancelled = (await client.post(f"/v1/jobs/{job_id}:cancel")).json()
    assert (cancelled["status"], cancelled["waiting"]) == ("cancelled", None)
    judge.result = Verdict.WEAK
    again = await post(client)
    assert again.json()["id"] == job_id
    job = await over(client, again)
    assert (job["waiting"], job["scorecard"]["tally"]["graded"]) == (None, 1)
