"""Offsets of evidence: they can be checked with nothing but what the API returns."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.api.jobs_over import over
from tests.api.test_posting_answers import posted
from tests.fakes import FakeJudge, QuotingJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FIRST = "\u00c7a br\u00fble \U0001f525 rarely."
REPLY = "  By the smell.\r\nAnd by a timer.  "


@pytest.fixture
def judge() -> FakeJudge:
    return QuotingJudge()


def quotes(grade: dict[str, Any], text: str) -> Iterator[str]:
    """Every quote of a grade, once it is found where its offsets say."""
    for signal in grade["signals"]:
        for evidence in signal["evidence"]:
            assert text[evidence["start"] : evidence["end"]] == evidence["quote"]
            yield evidence["quote"]


async def chain(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """Three grades, each of which follows the one before."""
    grades: list[dict[str, Any]] = []
    for words in (FIRST, REPLY, "Smoke."):
        follows = grades[-1]["id"] if grades else None
        grades.append(await posted(client, answer=words, follows=follows, engagement_id="acme"))
    return grades


async def test_offsets_count_in_the_text_that_comes_with_the_grade(
    client: httpx2.AsyncClient,
) -> None:
    grade = await posted(client, answer=FIRST)
    assert grade["answer"] == FIRST
    assert list(quotes(grade, grade["answer"])) == ["rarely."]
    assert grade["answers"] == [{"grade_id": grade["id"], "start": 0, "end": len(FIRST)}]


async def test_with_follows_the_text_has_every_answer_and_says_which_one_is_where(
    client: httpx2.AsyncClient,
) -> None:
    grades = await chain(client)
    last = grades[-1]
    assert list(quotes(last, last["answer"])) == ["rarely.", "timer.", "Smoke."]
    assert [each["grade_id"] for each in last["answers"]] == [grade["id"] for grade in grades]
    said = [last["answer"][each["start"] : each["end"]] for each in last["answers"]]
    assert said == [FIRST, REPLY, "Smoke."]


async def test_a_grade_that_is_read_back_later_has_the_same_text(
    client: httpx2.AsyncClient,
) -> None:
    grades = await chain(client)
    for grade in grades:
        assert (await client.get(f"/v1/grades/{grade['id']}")).json() == grade
    listed = (await client.get("/v1/grades")).json()["grades"]
    assert listed == grades[::-1]
    # Also if the grades that it follows are on another page.
    [newest] = (await client.get("/v1/grades", params={"limit": 1})).json()["grades"]
    assert newest == grades[-1]


async def test_an_engagement_has_the_text_of_each_latest_grade(client: httpx2.AsyncClient) -> None:
    grades = await chain(client)
    engagement = (await client.get("/v1/engagements/acme")).json()
    question, *_ = engagement["playbooks"][0]["questions"]
    assert question["latest"]["id"] == grades[-1]["id"]
    assert list(quotes(question["latest"], question["latest_answer"]))


async def test_a_batch_has_the_text_of_each_grade(client: httpx2.AsyncClient) -> None:
    first, *_ = await chain(client)
    own = {"question_id": "cooking.2", "answer": FIRST}
    reply = {"question_id": "cooking.1", "answer": REPLY, "follows": first["id"]}
    batch = [own, {**reply, "engagement_id": "acme"}, {"answer": "No question."}]
    job = await over(client, await client.post("/v1/answers:batch", json=batch))
    alone, joined, refused = job["batch"]["results"]
    assert list(quotes(alone["grade"], alone["answer"])) == ["rarely."]
    assert list(quotes(joined["grade"], joined["answer"])) == ["rarely.", "timer."]
    assert (refused["grade"], refused["answer"]) == (None, None)


async def test_notes_and_calls_have_the_text_of_each_grade(client: httpx2.AsyncClient) -> None:
    text = "- Dish 2 rarely burns.\n- They hire.\n- Dish 2 has a \U0001f525 timer.\n"
    card = (await client.post("/v1/notes", json={"text": text})).json()
    call = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>For dish 2 we rarely look.\n"
    vtt = {"content-type": "text/vtt"}
    taken = await client.post("/v1/transcripts?customer=Ada", content=call, headers=vtt)
    job = await over(client, taken)
    for result in (*card["results"], *job["scorecard"]["results"]):
        assert list(quotes(result["grade"], result["answer"]))
        stored = (await client.get(f"/v1/grades/{result['grade']['id']}")).json()
        assert stored["answer"] == result["answer"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("acme", None, "this request has no engagement_id"),
        (None, "acme", "leave engagement_id out"),
        ("acme", "other", "belongs to another engagement"),
    ],
)
async def test_who_follows_a_grade_of_another_engagement_is_told_what_to_send(
    client: httpx2.AsyncClient, before: str | None, after: str | None, said: str
) -> None:
    first = await posted(client, answer=FIRST, engagement_id=before)
    body = {"question_id": "cooking.1", "answer": REPLY, "follows": first["id"]}
    refused = await client.post("/v1/grades", json={**body, "engagement_id": after})
    assert refused.status_code == 409
    assert said in refused.json()["detail"]
