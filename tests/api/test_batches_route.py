"""POST /v1/answers:batch: every answer graded, or told why not."""

import json
from typing import Any

import httpx2
import pytest

from service.judging.models import Ungraded
from service.reasons import Reason
from tests.api.jobs_over import over
from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANSWER = {"question_id": "cooking.1", "answer": "It rarely burns."}
SOURCE = {"tool": "gong", "call_id": "77", "event_id": "e-1"}


async def post(
    client: httpx2.AsyncClient, body: str | list[Any], media_type: str = "application/json"
) -> httpx2.Response:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"content-type": media_type}
    return await client.post("/v1/answers:batch", content=content, headers=headers)


async def results(client: httpx2.AsyncClient, *sent: Any) -> list[dict[str, Any]]:
    job = await over(client, await post(client, *sent))
    assert job["total"] == job["finished"] == len(job["batch"]["results"])
    found: list[dict[str, Any]] = job["batch"]["results"]
    return found


async def test_every_answer_of_an_array_is_graded_in_its_order(client: httpx2.AsyncClient) -> None:
    sent = [{**ANSWER, "question_id": f"cooking.{n}", "id": n} for n in (3, 1, 2)]
    found = await results(client, sent)
    assert [(r["number"], r["id"]) for r in found] == [(1, 3), (2, 1), (3, 2)]
    assert [r["grade"]["question_id"] for r in found] == ["cooking.3", "cooking.1", "cooking.2"]


async def test_lines_are_numbered_as_in_the_file(client: httpx2.AsyncClient) -> None:
    lines = f"\ufeff{json.dumps(ANSWER)}\r\n\r\n{json.dumps(ANSWER)}"
    found = await results(client, lines, "application/jsonl")
    assert [r["number"] for r in found] == [1, 3]
    assert all(r["grade"] for r in found)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("{not json", "broken-json"),
        ("[1]", "invalid-request"),
        ('{"question_id": "cooking.1"}', "invalid-request"),
        ('{"question_id": "cooking.1", "answer": " "}', "invalid-request"),
        ('{"question_id": "cooking.1", "answer": "a\\u0000"}', "invalid-request"),
        ('{"question_id": "cooking.1", "answer": "\\ud800"}', "broken-json"),
        ('{"question_id": "cooking.9", "answer": "a"}', "unknown-question"),
        (json.dumps({**ANSWER, "answer": "a" * 20_001}), "too-large"),
        (json.dumps({**ANSWER, "follows": "gr_" + "0" * 24}), "unknown-grade"),
    ],
)
async def test_an_answer_that_can_not_be_taken_stops_no_other(
    client: httpx2.AsyncClient, line: str, kind: str
) -> None:
    bad, good = await results(client, f"{line}\n{json.dumps(ANSWER)}", "application/x-ndjson")
    assert bad["refused"]["type"].endswith(f":{kind}")
    assert bad["grade"] is None
    assert good["grade"]["verdict"] == "weak"


async def test_a_refusal_says_what_to_change(client: httpx2.AsyncClient) -> None:
    missing, unknown = await results(
        client, [{"question_id": "cooking.1"}, {**ANSWER, "question_id": "cokking.1"}]
    )
    assert missing["refused"]["errors"] == [{"pointer": "/answer", "detail": "Field required"}]
    assert "cooking.1" in unknown["refused"]["nearest"]


async def test_the_same_batch_is_one_job(client: httpx2.AsyncClient, judge: FakeJudge) -> None:
    first = await over(client, await post(client, [ANSWER]))
    again = await post(client, [ANSWER])
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert len(judge.asked) == 1


async def test_an_event_that_was_graded_before_keeps_its_grade(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    before = (await client.post("/v1/grades", json={**ANSWER, "source": SOURCE})).json()
    kept, other = await results(
        client,
        [{**ANSWER, "source": SOURCE}, {**ANSWER, "answer": "By the smell.", "source": SOURCE}],
    )
    assert kept["grade"] == {name: before[name] for name in kept["grade"]}
    assert kept["answer"] == before["answer"]
    assert other["refused"]["type"].endswith(":source-reused")
    assert len(judge.asked) == 1


async def test_an_answer_can_follow_a_kept_grade(client: httpx2.AsyncClient) -> None:
    first = (await client.post("/v1/grades", json=ANSWER)).json()
    (reply,) = await results(client, [{**ANSWER, "answer": "A timer.", "follows": first["id"]}])
    assert reply["grade"]["verdict"] == "weak"


async def test_an_ungraded_answer_says_why_in_our_words(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.REFUSED, detail="the model said: no")
    (result,) = await results(client, [ANSWER])
    assert result["ungraded"]["reason"] == "refused"
    assert "the model said" not in str(result)


@pytest.mark.parametrize(
    ("body", "media_type", "status", "kind"),
    [
        ("{", "application/json", 400, "broken-json"),
        ("[" * 100_000, "application/json", 400, "broken-json"),
        ("{}", "application/json", 422, "invalid-request"),
        ("[]", "application/json", 422, "invalid-request"),
        ("\n\n", "application/jsonl", 422, "invalid-request"),
        ("[1]", "text/csv", 415, "unsupported-media-type"),
        ("\n".join(["1"] * 10_001), "application/jsonl", 413, "too-large"),
        ("1" * 5_000_001, "application/jsonl", 413, "too-large"),
    ],
)
async def test_a_body_that_is_no_batch_is_refused(
    client: httpx2.AsyncClient, body: str, media_type: str, status: int, kind: str
) -> None:
    response = await post(client, body, media_type)
    assert response.status_code == status, response.text
    assert response.json()["type"].endswith(f":{kind}")
