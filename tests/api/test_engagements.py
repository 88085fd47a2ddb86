"""Reading an engagement: as JSON, as a scorecard, as CSV; and the list of them."""

import base64
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from service.api.examples import ANSWER, ENGAGEMENT, GRADE
from service.engagements.coverage import cover
from service.engagements.models import Attempt, Engagement
from service.judging.models import Grade, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Playbook
from service.reasons import Reason
from tests.api.test_posting_answers import grade_of, post, posted
from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ACME = "acme-2026-11"
PATH = f"/v1/engagements/{ACME}"
MARK = "heliotrope"


async def read(client: httpx2.AsyncClient, path: str = PATH) -> Engagement:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return Engagement.model_validate_json(response.content)


def a_cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


async def test_an_engagement_shows_what_was_graded_and_what_is_open(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first = await posted(client, engagement_id=ACME)
    judge.result = Verdict.PARTIAL
    reply = await posted(client, engagement_id=ACME, follows=first["id"])
    await posted(client, engagement_id="another", question_id="baking.1")
    await posted(client, question_id="baking.1")

    engagement = await read(client)
    assert engagement.id == ACME
    assert [playbook.id for playbook in engagement.playbooks] == ["cooking"]
    question = engagement.questions[0]
    assert question.latest == grade_of(reply)
    assert [entry.id for entry in question.history] == [first["id"], reply["id"]]
    [probe] = engagement.probes
    assert (probe.grade_id, probe.asked_before) == (reply["id"], 1)
    assert len(engagement.unasked) == 2


async def test_an_open_probe_is_answered_by_following_its_grade(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    await posted(client, engagement_id=ACME)
    [probe] = (await read(client)).probes
    judge.result = Verdict.GOOD
    reply = {"question_id": probe.question_id, "follows": probe.grade_id}
    await posted(client, engagement_id=ACME, **reply)
    assert (await read(client)).probes == ()


async def test_an_answer_that_stayed_ungraded_changes_nothing(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    await posted(client, engagement_id=ACME)
    before = await read(client)
    judge.result = Ungraded(reason=Reason.REFUSED, detail="whatever")
    assert (await post(client, engagement_id=ACME)).status_code == 502
    assert await read(client) == before


async def test_what_it_answers_is_as_documented(client: httpx2.AsyncClient, app: FastAPI) -> None:
    await posted(client, engagement_id=ACME)
    document = app.openapi()
    components = document["components"]
    offered = document["paths"]["/v1/engagements/{engagement_id}"]["get"]["responses"]["200"]
    assert set(offered["content"]) == {"application/json", "text/markdown", "text/csv"}
    for path, schema in ((PATH, "Engagement"), ("/v1/engagements", "EngagementPage")):
        reference = {"$ref": f"#/components/schemas/{schema}", "components": components}
        jsonschema_rs.validate(reference, (await client.get(path)).json())


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        ("", "*/*", "application/json"),
        ("", "application/json", "application/json"),
        ("", "text/markdown", "text/markdown; charset=utf-8"),
        ("", "text/csv", "text/csv; charset=utf-8"),
        ("?format=json", "text/csv", "application/json"),
        ("?format=markdown", "application/json", "text/markdown; charset=utf-8"),
        ("?format=csv", "image/png", "text/csv; charset=utf-8"),
    ],
)
async def test_the_format_is_the_one_named_or_else_the_one_accepted(
    client: httpx2.AsyncClient, query: str, accept: str, media_type: str
) -> None:
    await posted(client, engagement_id=ACME)
    response = await client.get(f"{PATH}{query}", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["vary"] == "Accept"
    assert response.headers["x-content-type-options"] == "nosniff"
    begins = {
        "application/json": "{",
        "text/markdown": "# Engagement acme",
        "text/csv": "\ufeffeng",
    }
    assert response.content.decode().startswith(begins[media_type.partition(";")[0]])
    assert ("content-disposition" in response.headers) == media_type.startswith("text/csv")


async def test_several_accept_headers_count_as_one(client: httpx2.AsyncClient) -> None:
    await posted(client, engagement_id=ACME)
    headers = [("accept", "image/png"), ("accept", "text/csv")]
    response = await client.get(PATH, headers=headers)
    assert response.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("engagement_id", ["a/b", "50% ä?x=1#y", "日本語", "<b>|x", "a" * 128])
async def test_an_engagement_is_found_whatever_its_id_holds(
    client: httpx2.AsyncClient, engagement_id: str
) -> None:
    await posted(client, engagement_id=engagement_id)
    path = "/v1/engagements/" + "".join(f"%{byte:02x}" for byte in engagement_id.encode())
    assert (await read(client, path)).id == engagement_id


@pytest.mark.parametrize(
    "engagement_id", [MARK, f"{MARK}/x", f"{MARK}%00", "%ED%A0%80", MARK * 20, "", "%0A"]
)
async def test_an_engagement_without_grades_is_a_404(
    client: httpx2.AsyncClient, engagement_id: str
) -> None:
    response = await client.get(f"/v1/engagements/{engagement_id}")
    assert response.status_code == response.json()["status"] == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:probewise:problem:unknown-engagement"
    assert MARK not in response.text


async def test_what_can_not_be_offered_is_a_406_that_says_what_can(
    client: httpx2.AsyncClient,
) -> None:
    await posted(client, engagement_id=ACME)
    response = await client.get(PATH, headers={"accept": f"image/{MARK}"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["offered"] == ["application/json", "text/markdown", "text/csv"]
    assert MARK not in response.text


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        (f"{PATH}?format={MARK}", "/format"),
        ("/v1/engagements?limit=0", "/limit"),
        ("/v1/engagements?limit=201", "/limit"),
        (f"/v1/engagements?limit={MARK}", "/limit"),
        (f"/v1/engagements?limit={'9' * 5000}", "/limit"),
        (f"/v1/engagements?cursor={MARK}", "/cursor"),
        (f"/v1/engagements?cursor={a_cursor(MARK)}", "/cursor"),
        ("/v1/engagements?cursor=%F0%9F%94%A5", "/cursor"),
        (
            "/v1/engagements?cursor="
            + a_cursor('{"id": "a", "updated_at": "0001-01-01T00:00:00+14:00"}'),
            "/cursor",
        ),
        (
            "/v1/engagements?cursor="
            + a_cursor('{"id": "a\\u0000", "updated_at": "2026-11-20T12:30:00Z"}'),
            "/cursor",
        ),
    ],
)
async def test_a_query_that_can_not_be_used_is_pointed_at(
    client: httpx2.AsyncClient, path: str, pointer: str
) -> None:
    await posted(client, engagement_id=ACME)
    response = await client.get(path)
    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["pointer"] == pointer
    assert MARK not in response.text


async def test_engagements_are_listed_page_by_page(client: httpx2.AsyncClient) -> None:
    for name in ("first", "second", "third"):
        await posted(client, engagement_id=name)
    await posted(client, engagement_id="first", question_id="cooking.2")
    page = (await client.get("/v1/engagements?limit=2")).json()
    assert [each["id"] for each in page["engagements"]] == ["first", "third"]
    assert (page["engagements"][0]["grades"], page["engagements"][0]["questions"]) == (2, 2)
    query: dict[str, Any] = {"limit": 2, "cursor": page["next_cursor"]}
    page = (await client.get("/v1/engagements", params=query)).json()
    assert [each["id"] for each in page["engagements"]] == ["second"]
    assert page["next_cursor"] is None


async def test_without_grades_the_list_is_empty(client: httpx2.AsyncClient) -> None:
    await posted(client)
    page = (await client.get("/v1/engagements")).json()
    assert page == {"engagements": [], "next_cursor": None}


def test_the_documented_example_is_what_the_rules_make_of_its_grade() -> None:
    [playbook, *_] = load_playbooks()
    two = Playbook(
        id=playbook.id, title=playbook.title, goal=playbook.goal, questions=playbook.questions[2:4]
    )
    at = Engagement.model_validate(ENGAGEMENT).started_at
    grade = Grade.model_validate(GRADE)
    attempt = Attempt(grade.id, grade.question_id, at, grade, answer=ANSWER)
    assert cover(ACME, [attempt], Catalogue([two])).model_dump(mode="json") == ENGAGEMENT
