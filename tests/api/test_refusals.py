"""What the API refuses: the right status, a problem that helps, not one word of the customer."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from service.judging.models import Ungraded
from service.reasons import Reason
from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MARK = "heliotrope"
GOOD = {"question_id": "cooking.1", "answer": f"We like {MARK}."}
JSON = {"content-type": "application/json"}
SOURCE = {"tool": "gong", "call_id": "77", "event_id": "e-1"}


def fields(**changes: object) -> dict[str, Any]:
    return {"json": {**GOOD, **changes}}


def raw(content: str | bytes, content_type: str = "application/json") -> dict[str, Any]:
    return {"content": content, "headers": {"content-type": content_type}}


REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "truncated JSON": (400, "broken-json", raw(f'{{"answer": "{MARK}')),
    "bare word": (400, "broken-json", raw(MARK)),
    "not UTF-8": (400, "broken-json", raw(f'{{"answer": "{MARK}'.encode() + b'\xff"}')),
    "deep nesting": (400, "broken-json", raw("[" * 90_000 + f'"{MARK}"')),
    "endless number": (400, "broken-json", raw(f'{{"{MARK}": {"9" * 9_000}}}')),
    "a string": (422, "invalid-request", raw(f'"{MARK}"')),
    "a list": (422, "invalid-request", raw(f'["{MARK}"]')),
    "nothing": (422, "invalid-request", raw("")),
    "null": (422, "invalid-request", raw("null")),
    "no question": (422, "invalid-request", {"json": {"answer": MARK}}),
    "no answer": (422, "invalid-request", {"json": {"question_id": MARK}}),
    "unknown field": (422, "invalid-request", fields(**{f"We like {MARK}": MARK})),
    "answer a list": (422, "invalid-request", fields(answer=[MARK])),
    "answer an object": (422, "invalid-request", fields(answer={MARK: MARK})),
    "empty answer": (422, "invalid-request", fields(answer="", engagement_id=MARK)),
    "blank answer": (422, "invalid-request", fields(answer=" \n\t\u3000", engagement_id=MARK)),
    "NUL in the answer": (422, "invalid-request", fields(answer=f"{MARK}\0")),
    "half a surrogate pair": (
        422,
        "invalid-request",
        raw(f'{{"question_id": "cooking.1", "answer": "{MARK} \\ud83d"}}'),
    ),
    "NUL in an id": (422, "invalid-request", fields(engagement_id=f"{MARK}\0")),
    "half a surrogate pair in an id": (
        422,
        "invalid-request",
        raw(f'{{"question_id": "cooking.1", "answer": "x", "engagement_id": "{MARK} \\ud83d"}}'),
    ),
    "line break in an id": (422, "invalid-request", fields(engagement_id=f"{MARK}\n")),
    "empty id": (422, "invalid-request", fields(engagement_id="")),
    "long id": (422, "invalid-request", fields(engagement_id=MARK * 20)),
    "source a string": (422, "invalid-request", fields(source=MARK)),
    "source without event": (422, "invalid-request", fields(source={"tool": MARK})),
    "unknown field in source": (
        422,
        "invalid-request",
        fields(source={**SOURCE, MARK.title(): MARK}),
    ),
    "follows no id": (422, "invalid-request", fields(follows=MARK)),
    "unknown question": (404, "unknown-question", fields(question_id=MARK)),
    "unknown grade": (404, "unknown-grade", fields(follows=f"gr_{0:024}")),
    "long answer": (413, "too-large", fields(answer=MARK * 2_001)),
    "large body": (413, "too-large", fields(answer=MARK * 20_000)),
    "text": (415, "unsupported-media-type", raw(MARK, "text/plain")),
    "a form": (415, "unsupported-media-type", raw(MARK, "application/x-www-form-urlencoded")),
    "a type of its own": (415, "unsupported-media-type", raw(MARK, f"application/{MARK}")),
    "no type": (415, "unsupported-media-type", {"content": MARK}),
}


@pytest.mark.parametrize(("status", "name", "request_"), REFUSED.values(), ids=REFUSED)
async def test_a_bad_request_gets_its_problem_and_its_text_goes_nowhere(
    client: httpx2.AsyncClient,
    judge: FakeJudge,
    caplog: pytest.LogCaptureFixture,
    status: int,
    name: str,
    request_: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    response = await client.post("/v1/grades", **request_)
    problem = response.json()
    assert response.status_code == problem["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"urn:probewise:problem:{name}"
    assert MARK not in response.text.lower()
    assert MARK not in str(response.headers)
    assert MARK not in caplog.text.lower()
    assert judge.asked == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/v1/grades/{MARK}", 404),
        ("GET", f"/v1/questions/{MARK}", 404),
        ("GET", f"/v1/playbooks/{MARK}", 404),
        ("GET", f"/{MARK}", 404),
        ("POST", "/v1/grades/", 404),
        ("DELETE", "/v1/grades", 405),
        ("POST", "/livez", 405),
    ],
)
async def test_an_address_that_is_not_there_is_a_problem_too(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    response = await client.request(method, path)
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert ("allow" in response.headers) == (status == 405)
    assert MARK not in response.text


async def test_an_unknown_question_names_the_nearest(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/grades", **fields(question_id="cookin_2"))
    assert response.json()["nearest"][0] == "cooking.2"


async def test_a_long_answer_is_told_the_limit(client: httpx2.AsyncClient) -> None:
    problem = (await client.post("/v1/grades", **fields(answer="a" * 20_001))).json()
    assert (problem["limit"], problem["unit"]) == (20_000, "characters")
    assert "20,000" in problem["detail"]


async def test_the_longest_answer_is_graded(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/grades", **fields(answer="\U0001f525" * 20_000))
    assert response.status_code == 200


async def test_a_fault_is_pointed_at(client: httpx2.AsyncClient) -> None:
    request = fields(source={**SOURCE, "tool": 7}, extra=1)
    errors = (await client.post("/v1/grades", **request)).json()["errors"]
    assert {error["pointer"] for error in errors} == {"/source/tool", "/extra"}


async def test_a_body_without_length_is_refused_before_it_is_read_in_full(
    client: httpx2.AsyncClient, app: FastAPI
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 10_000
            yield b" " * 10_000

    response = await client.post("/v1/grades", content=endless(), headers=JSON)
    assert response.status_code == 413
    assert (response.json()["limit"], response.json()["unit"]) == (100_000, "bytes")
    # httpx2's transport asks for one chunk more than the application does.
    assert read <= 120_000


async def test_a_body_said_to_be_too_large_is_not_read_at_all(app: FastAPI) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    await app(
        {
            "type": "http",
            "method": "POST",
            "path": "/v1/grades",
            "query_string": b"",
            "server": ("127.0.0.1", 8000),
            "headers": [
                (b"host", b"127.0.0.1:8000"),
                (b"content-length", b"100001"),
                (b"content-type", b"application/json"),
            ],
        },
        receive,
        send,
    )
    assert sent[0]["status"] == 413


@pytest.mark.parametrize("reason", Reason)
async def test_what_the_judge_says_of_a_failure_is_not_passed_on(
    client: httpx2.AsyncClient,
    judge: FakeJudge,
    caplog: pytest.LogCaptureFixture,
    reason: Reason,
) -> None:
    caplog.set_level(logging.DEBUG)
    judge.result = Ungraded(reason=reason, detail=f'"{MARK}" does not stand in the answer')
    response = await client.post("/v1/grades", json=GOOD)
    assert MARK not in response.text
    assert MARK not in caplog.text


async def test_an_unforeseen_error_is_logged_without_its_words(
    client: httpx2.AsyncClient, judge: FakeJudge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    judge.result = RuntimeError(f"could not grade {MARK}")
    response = await client.post("/v1/grades", json=GOOD)
    problem = response.json()
    assert response.status_code == problem["status"] == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert MARK not in response.text
    assert MARK not in caplog.text
    assert problem["instance"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "fakes.py" in caplog.text


async def test_an_answer_that_is_kept_stands_in_no_log(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert (await client.post("/v1/grades", **fields(source=SOURCE))).status_code == 200
    conflict = await client.post("/v1/grades", **fields(source=SOURCE, answer=f"{MARK}!"))
    assert conflict.status_code == 409
    assert MARK not in conflict.text
    assert MARK not in caplog.text
