"""Posting an answer: its grade, its kept grade, its follow-ups and its retries."""

import asyncio
from typing import Any

import httpx2
import pytest

from service.judging.models import Grade, Ungraded, Verdict
from service.reasons import Reason
from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EVENT = {"tool": "gong", "call_id": "77", "event_id": "e-1"}


async def post(client: httpx2.AsyncClient, **changes: Any) -> httpx2.Response:
    body = {"question_id": "cooking.1", "answer": "It rarely burns.", **changes}
    return await client.post("/v1/grades", json=body)


async def posted(client: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await post(client, **changes)
    assert response.status_code == 200, response.text
    grade: dict[str, Any] = response.json()
    return grade


def grade_of(shown: dict[str, Any]) -> Grade:
    """The grade itself, without what the API shows with it."""
    return Grade.model_validate({name: shown[name] for name in Grade.model_fields})


async def test_the_grade_has_the_members_of_the_design(client: httpx2.AsyncClient) -> None:
    grade = await posted(client, engagement_id="acme-2026-11", source=EVENT, follows=None)
    assert grade_of(grade).verdict is Verdict.WEAK
    assert grade["probe"] == "How would you notice?"
    assert set(grade["judge"]["usage"]) == {
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
    }
    shown = ["answer", "answers", "follows", "engagement_id", "source", "created_at"]
    assert list(grade) == [*Grade.model_fields, *shown, "needs_review"]
    assert (grade["engagement_id"], grade["source"]) == ("acme-2026-11", EVENT)


async def test_the_judge_gets_the_words_as_they_were_sent(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    words = '  Ça brûle "parfois" — \u200b日本語 \U0001f525\r\n<b>{x}</b>  '
    await posted(client, answer=words)
    question, answer = judge.asked[0]
    assert (question.id, answer.text) == ("cooking.1", words)


async def test_a_grade_can_be_fetched_as_it_was_given(client: httpx2.AsyncClient) -> None:
    grade = await posted(client)
    assert (await client.get(f"/v1/grades/{grade['id']}")).json() == grade


@pytest.mark.parametrize("grade_id", ["gr_000000000000000000000000", "nope", "%00", "%ED%A0%80"])
async def test_a_grade_that_is_not_kept_is_a_404(client: httpx2.AsyncClient, grade_id: str) -> None:
    response = await client.get(f"/v1/grades/{grade_id}")
    assert response.status_code == 404
    assert response.json()["type"].endswith(":unknown-grade")


async def test_a_reply_is_judged_after_the_answer_and_probe_it_follows(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first = await posted(client, answer="It rarely burns.")
    second = await posted(client, answer="By the smell.", follows=first["id"])
    await posted(client, answer="And a timer.", follows=second["id"])
    turns = [(turn.side, turn.text) for turn in judge.asked[-1][1].turns]
    assert turns == [
        ("customer", "It rarely burns."),
        ("seller", "How would you notice?"),
        ("customer", "By the smell."),
        ("seller", "How would you notice?"),
        ("customer", "And a timer."),
    ]


async def test_an_unknown_grade_can_not_be_followed(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    response = await post(client, follows="gr_000000000000000000000000")
    assert response.status_code == 404
    assert response.json()["type"].endswith(":unknown-grade")
    assert judge.asked == []


@pytest.mark.parametrize(
    ("verdict", "change"),
    [
        (Verdict.WEAK, {"question_id": "cooking.2"}),
        (Verdict.WEAK, {"engagement_id": "another-customer"}),
        (Verdict.GOOD, {}),
    ],
    ids=["another question", "another engagement", "no probe was asked"],
)
async def test_a_grade_that_asked_nothing_of_this_answer_can_not_be_followed(
    client: httpx2.AsyncClient, judge: FakeJudge, verdict: Verdict, change: dict[str, str]
) -> None:
    judge.result = verdict
    first = await posted(client)
    response = await post(client, follows=first["id"], **change)
    assert response.status_code == 409
    assert response.json()["type"].endswith(":cannot-follow")
    assert len(judge.asked) == 1


async def test_a_chain_of_follow_ups_has_an_end(client: httpx2.AsyncClient) -> None:
    follows = None
    for _ in range(11):
        follows = (await posted(client, follows=follows))["id"]
    response = await post(client, follows=follows)
    assert response.status_code == 409
    assert "10" in response.json()["detail"]


async def test_answers_that_follow_one_another_share_one_limit(client: httpx2.AsyncClient) -> None:
    first = await posted(client, answer="word " * 2_400)
    response = await post(client, answer="word " * 2_400, follows=first["id"])
    assert response.status_code == 413
    assert (response.json()["limit"], response.json()["unit"]) == (20_000, "characters")


async def test_an_event_sent_again_gets_the_grade_it_got(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first = await posted(client, source=EVENT)
    assert await posted(client, source=EVENT) == first
    assert len(judge.asked) == 1


async def test_an_event_sent_many_times_at_once_gets_one_grade(client: httpx2.AsyncClient) -> None:
    grades = await asyncio.gather(*(posted(client, source=EVENT) for _ in range(20)))
    assert len({grade["id"] for grade in grades}) == 1


@pytest.mark.parametrize(
    "change",
    [{"answer": "Another."}, {"question_id": "cooking.2"}, {"engagement_id": "acme"}],
)
async def test_an_event_sent_again_with_other_content_is_a_conflict(
    client: httpx2.AsyncClient, change: dict[str, str]
) -> None:
    await posted(client, source=EVENT)
    response = await post(client, source=EVENT, **change)
    assert response.status_code == 409
    assert response.json()["type"].endswith(":source-reused")


async def test_the_same_words_without_an_event_are_graded_anew(
    client: httpx2.AsyncClient,
) -> None:
    assert (await posted(client))["id"] != (await posted(client))["id"]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.MODEL_UNAVAILABLE, 503),
        (Reason.MALFORMED_REPLY, 502),
        (Reason.REFUSED, 502),
        (Reason.NO_EVIDENCE, 502),
    ],
)
async def test_no_verdict_is_a_problem_with_its_reason_and_never_a_grade(
    client: httpx2.AsyncClient, judge: FakeJudge, reason: Reason, status: int
) -> None:
    judge.result = Ungraded(reason=reason, detail="whatever")
    response = await post(client, source=EVENT)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["reason"] == reason
    assert response.json()["detail"]
    assert ("retry-after" in response.headers) == (status == 503)

    judge.result = Verdict.WEAK  # nothing was kept: the retry is graded
    await posted(client, source=EVENT)


@pytest.mark.parametrize(("wait", "said"), [(2.2, "3"), (0.0, "1"), (None, "30")])
async def test_retry_after_is_in_whole_seconds(
    client: httpx2.AsyncClient, judge: FakeJudge, wait: float | None, said: str
) -> None:
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="", retry_after_s=wait)
    assert (await post(client)).headers["retry-after"] == said
