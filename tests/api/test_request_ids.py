"""Request ids: on every answer, and in the log of every error."""

import logging
from typing import Any

import httpx2
import pytest

from tests.fakes import FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
BODY = {"question_id": "cooking.1", "answer": "It rarely burns."}


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", "/livez", {}),
        ("GET", "/nowhere", {}),
        ("DELETE", "/v1/grades", {}),
        ("POST", "/v1/grades", {"json": BODY}),
        ("POST", "/v1/grades", {"content": "{"}),
        ("POST", "/v1/grades", {"json": {"answer": "x" * 200_000}}),
        ("POST", "/v1/notes", {"json": {"text": "x"}, "headers": {"accept": "text/event-stream"}}),
    ],
)
async def test_every_answer_has_the_id_that_was_sent_or_one_of_its_own(
    client: httpx2.AsyncClient, method: str, path: str, sent: dict[str, Any]
) -> None:
    given = {**sent, "headers": {**sent.get("headers", {}), "X-Request-Id": "call-7/a.b:1"}}
    response = await client.request(method, path, **given)
    assert response.headers.get_list("x-request-id") == ["call-7/a.b:1"]
    first, second = [await client.request(method, path, **sent) for _ in range(2)]
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "mine"}, "mine"),
        ({"traceparent": f"cc-{TRACE}-00f067aa0ba902b7-01-more"}, TRACE),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "x-request-id": "a b"}, TRACE),
        ({"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"}, None),
        ({"traceparent": "nonsense"}, None),
        ({"x-request-id": ""}, None),
        ({"x-request-id": "x" * 129}, None),
        ({"x-request-id": "Dana said: no"}, None),
        ({"x-request-id": "\u00e9"}, None),
    ],
)
async def test_what_can_be_no_id_is_replaced(
    client: httpx2.AsyncClient, headers: dict[str, str], expected: str | None
) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    found = (await client.get("/livez", headers=encoded)).headers["x-request-id"]
    assert found == expected or (expected is None and len(found) == 32 and found.isalnum())


async def test_the_log_has_the_id_with_every_error(
    client: httpx2.AsyncClient, judge: FakeJudge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    judge.result = RuntimeError("whatever")
    await client.post("/v1/grades", json=BODY, headers={"x-request-id": "one"})
    traceback, problem = [each for each in caplog.records if "one" in each.getMessage()]
    assert "unexpected RuntimeError, request one" in traceback.getMessage()
    assert problem.getMessage() == "request one: POST /v1/grades got 500"
    assert problem.levelno == logging.ERROR
    await client.get("/v1/grades/Dana", headers={"x-request-id": "two"})
    assert "request two: GET /v1/grades/{grade_id} got 404" in caplog.text
    assert "Dana" not in [each.getMessage() for each in caplog.records if each.name != "httpx2"]


async def test_what_goes_well_is_not_logged(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await client.get("/livez", headers={"x-request-id": "one"})
    assert "request one" not in caplog.text
