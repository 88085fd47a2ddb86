"""Lists of grades and of jobs: filters, pages, and what is refused."""

from typing import Any

import httpx2
import pytest

from service.errors import MalformedReply
from service.judging.models import Verdict
from tests.api.jobs_over import over
from tests.api.test_posting_answers import posted
from tests.fakes import FakeAssigner, FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CALL = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>For dish 2 we rarely look.\n"


async def ask(client: httpx2.AsyncClient, path: str, **filters: Any) -> dict[str, Any]:
    response = await client.get(path, params=filters)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def ids(client: httpx2.AsyncClient, path: str, **filters: Any) -> list[str]:
    page = await ask(client, path, **filters)
    return [entry["id"] for entry in page[path.rpartition("/")[2]]]


async def a_call(client: httpx2.AsyncClient, content: str = CALL, **about: Any) -> dict[str, Any]:
    params = {"customer": "Ada", "playbook": "cooking", **about}
    headers = {"content-type": "text/vtt"}
    taken = await client.post("/v1/transcripts", params=params, content=content, headers=headers)
    return await over(client, taken)


async def a_batch(client: httpx2.AsyncClient, *answers: dict[str, Any]) -> dict[str, Any]:
    posted_ = [{"question_id": "cooking.1", "answer": "No.", **answer} for answer in answers]
    return await over(client, await client.post("/v1/answers:batch", json=posted_))


async def test_grades_are_filtered_by_what_they_are_of_and_say(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    weak = await posted(client, engagement_id="acme")
    judge.result = Verdict.GOOD
    good = await posted(client, question_id="cooking.2", engagement_id="acme")
    other = await posted(client, engagement_id="a/b ?&%")
    path = "/v1/grades"
    assert await ids(client, path) == [other["id"], good["id"], weak["id"]]
    assert await ids(client, path, engagement_id="acme") == [good["id"], weak["id"]]
    assert await ids(client, path, engagement_id="a/b ?&%") == [other["id"]]
    assert await ids(client, path, question_id="cooking.1") == [other["id"], weak["id"]]
    assert await ids(client, path, verdict="weak") == [weak["id"]]
    both = {"verdict": "good", "engagement_id": "acme"}
    assert await ids(client, path, **both) == [good["id"]]
    assert await ids(client, path, engagement_id="nobody") == []


async def test_grades_for_review_are_told_from_the_others(client: httpx2.AsyncClient) -> None:
    plain = await posted(client)
    call = CALL.replace("<v Ada>", "")
    job = await a_call(client, call, customer=[])  # nobody knows whose words they are
    [result] = job["scorecard"]["results"]
    assert result["grade"]["needs_review"]
    assert await ids(client, "/v1/grades", needs_review="true") == [result["grade"]["id"]]
    assert await ids(client, "/v1/grades", needs_review="false") == [plain["id"]]


async def test_since_is_the_first_instant_and_until_the_first_that_is_out(
    client: httpx2.AsyncClient,
) -> None:
    first, second = await posted(client), await posted(client)
    at = second["created_at"]
    assert await ids(client, "/v1/grades", since=at) == [second["id"]]
    assert await ids(client, "/v1/grades", until=at) == [first["id"]]
    assert await ids(client, "/v1/grades", since="2000-01-01T00:00:00-11:30", until=at)
    job = await a_call(client)
    assert await ids(client, "/v1/jobs", since=job["created_at"]) == [job["id"]]
    assert await ids(client, "/v1/jobs", until=job["created_at"]) == []


async def test_pages_have_every_grade_once_also_if_more_come_meanwhile(
    client: httpx2.AsyncClient,
) -> None:
    wanted = [(await posted(client, engagement_id="acme"))["id"] for _ in range(5)]
    found, cursor = [], None
    while True:
        asked = {"limit": 2, "engagement_id": "acme"} | ({"cursor": cursor} if cursor else {})
        page = await ask(client, "/v1/grades", **asked)
        found += [grade["id"] for grade in page["grades"]]
        await posted(client, engagement_id="acme")
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == wanted[::-1]


async def test_jobs_are_filtered_by_kind_status_and_engagement(client: httpx2.AsyncClient) -> None:
    call = await a_call(client, engagement_id="acme")
    batch = await a_batch(client, {"engagement_id": "other"}, {"engagement_id": "acme"})
    alone = await a_batch(client, {"answer": "Yes."}, {"engagement_id": "third"})
    path = "/v1/jobs"
    assert await ids(client, path) == [alone["id"], batch["id"], call["id"]]
    assert await ids(client, path, kind="batch") == [alone["id"], batch["id"]]
    assert await ids(client, path, kind="transcript") == [call["id"]]
    assert await ids(client, path, engagement_id="acme") == [batch["id"], call["id"]]
    assert await ids(client, path, engagement_id="third") == [alone["id"]]
    assert await ids(client, path, status="done") == [alone["id"], batch["id"], call["id"]]
    assert await ids(client, path, status="failed") == []
    first = await ask(client, path, limit=2)
    rest = await ask(client, path, limit=2, cursor=first["next_cursor"])
    listed = [*first["jobs"], *rest["jobs"]]
    assert [job["id"] for job in listed] == [alone["id"], batch["id"], call["id"]]
    assert rest["next_cursor"] is None


async def test_a_listed_job_is_the_job_without_its_result(client: httpx2.AsyncClient) -> None:
    job = await a_call(client, engagement_id="acme")
    [listed] = (await ask(client, "/v1/jobs"))["jobs"]
    assert listed == {name: job[name] for name in listed}
    assert set(job) - set(listed) == {"scorecard", "batch"}
    assert listed["engagement_id"] == "acme"


async def test_a_job_that_failed_is_listed_with_its_problem(
    client: httpx2.AsyncClient, assigner: FakeAssigner
) -> None:
    assigner.failure = MalformedReply(["said: Ada"])
    job = await a_call(client)
    [listed] = (await ask(client, "/v1/jobs", status="failed"))["jobs"]
    assert (listed["id"], listed["problem"]) == (job["id"], job["problem"])
    assert listed["problem"]["reason"] == "malformed_reply"
    assert await ids(client, "/v1/jobs", status="done") == []


@pytest.mark.parametrize("path", ["/v1/grades", "/v1/jobs"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "nonsense"),
        ("cursor", "e30="),
        ("limit", "0"),
        ("limit", "201"),
        ("since", "yesterday"),
        ("since", "1700000000"),
        ("since", "2026-11-20T14:05:00"),
        ("until", "0001-01-01T00:00:00+23:59"),
        ("engagement_id", ""),
        ("engagement", "acme"),
        ("status", "whatever"),
        ("verdict", "whatever"),
        ("needs_review", "1"),
    ],
)
async def test_a_filter_that_can_not_be_used_is_told_by_its_name(
    client: httpx2.AsyncClient, path: str, name: str, value: str
) -> None:
    response = await client.get(path, params={name: value})
    assert response.status_code == 422, response.text
    [fault] = response.json()["errors"]
    assert fault["pointer"] == f"/{name}"
    assert len(fault["detail"]) > 5


async def test_lists_are_empty_before_there_is_anything(client: httpx2.AsyncClient) -> None:
    assert await ask(client, "/v1/grades") == {"grades": [], "next_cursor": None}
    assert await ask(client, "/v1/jobs") == {"jobs": [], "next_cursor": None}
