"""Posting a page of notes: every question in it graded, at once or as events."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from service.api import streaming
from service.api.app import create_app
from service.api.examples import GRADE, NOTES, SCORECARD, STREAM
from service.api.notes import FoundNotes, NotesRequest
from service.assignment.models import Assignment
from service.errors import JudgeError, MalformedReply, ModelRefused, ModelUnavailable
from service.grading.answers import AnswerGrader
from service.grading.passage_grader import PassageGrader
from service.grading.scorecard import GradedPassage, Scorecard, Tally
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question
from service.reasons import Reason
from service.settings import Settings
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from tests.api.test_engagements import read as read_engagement
from tests.fakes import FakeAssigner, FakeJudge, fake_parts

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MARK = "heliotrope"
PAGE = f"""# Kitchen

- dish 1 is stirred on a timer
---
- dish 2 rarely burns, says {MARK}
- lunch was late
"""
EVENT = {"tool": "wiki", "call_id": "page-77", "event_id": "1"}
JSON = {"content-type": "application/json"}
STREAMED = {"accept": "text/event-stream"}
Event = tuple[str, dict[str, Any], str | None]


async def post(
    client: httpx2.AsyncClient, headers: dict[str, str] | None = None, **changes: Any
) -> httpx2.Response:
    body = {"text": PAGE, "playbook": "cooking", **changes}
    return await client.post("/v1/notes", json=body, headers=headers)


async def scored(client: httpx2.AsyncClient, **changes: Any) -> Scorecard:
    response = await post(client, **changes)
    assert response.status_code == 200, response.text
    return Scorecard.model_validate_json(response.content)


def ids(card: Scorecard) -> list[str]:
    return [result.grade.id for result in card.results if result.grade]


def events(stream: str) -> list[Event]:
    """Each event's name, data and id."""
    told = []
    for block in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if fields:
            told.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return told


async def test_every_question_that_is_found_is_graded_and_the_rest_is_told(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    card = await scored(client)
    assert [result.question_id for result in card.results] == ["cooking.1", "cooking.2"]
    first, second = card.results
    assert first.answer == "dish 1 is stirred on a timer"
    assert [(m.turn, m.line, m.start, m.end) for m in first.moments] == [(2, 3, 0, 28)]
    assert [moment.line for moment in second.moments] == [5]
    assert first.grade and first.grade.verdict is Verdict.WEAK
    assert card.not_found == ("cooking.3",)
    assert [(place.turn, place.line) for place in card.unassigned] == [(4, 6)]
    assert [(skipped.line, skipped.reason) for skipped in card.skipped] == [
        (4, "markup without words")
    ]
    assert (card.tally.questions, card.tally.graded, card.tally.ungraded) == (3, 2, 0)
    assert card.tally.verdicts[Verdict.WEAK] == 2


async def test_a_line_is_given_to_its_question_by_a_persons_word(
    client: httpx2.AsyncClient,
) -> None:
    card = await scored(client, assign={"6": "cooking.3"})
    assert [result.question_id for result in card.results][-1] == "cooking.3"
    assert [moment.line for moment in card.results[-1].moments] == [6]
    assert card.unassigned == ()


@pytest.mark.parametrize(
    ("assign", "status", "said"),
    [
        ({"6": "cooking.9"}, 404, "cooking.3"),
        ({"99": "cooking.3"}, 422, "/assign/99"),
        ({"0": "cooking.3"}, 422, "/assign/0"),
        ({"six": "cooking.3"}, 422, "/assign/six"),
    ],
)
async def test_a_line_or_question_that_is_not_there_is_refused(
    client: httpx2.AsyncClient, assign: dict[str, str], status: int, said: str
) -> None:
    response = await post(client, assign=assign)
    assert response.status_code == status
    assert said in response.text


async def test_notes_are_taken_at_their_word(client: httpx2.AsyncClient) -> None:
    card = await scored(client)
    assert [result.grade and result.grade.flags for result in card.results] == [(), ()]


@pytest.mark.parametrize("changes", [{}, {"playbook": "auto"}])
async def test_auto_looks_for_every_playbook_and_lists_what_those_touched_lack(
    client: httpx2.AsyncClient, changes: dict[str, Any]
) -> None:
    body = {"text": "dish 3 never burns", **changes}
    card = Scorecard.model_validate_json((await client.post("/v1/notes", json=body)).content)
    assert card.playbook == "auto"
    assert [result.question_id for result in card.results] == ["cooking.3"]
    assert card.not_found == ("cooking.1", "cooking.2")


async def test_notes_without_an_answer_have_an_empty_scorecard(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    card = await scored(client, text="# dish 1\n\nlunch was late")
    assert (card.results, judge.asked) == ((), [])
    assert card.not_found == ("cooking.1", "cooking.2", "cooking.3")
    assert (await scored(client, text="lunch", playbook="auto")).not_found == ()


async def test_what_it_answers_is_as_documented(client: httpx2.AsyncClient, app: FastAPI) -> None:
    document = app.openapi()
    offered = document["paths"]["/v1/notes"]["post"]["responses"]["200"]["content"]
    assert set(offered) == {"application/json", "text/event-stream"}
    schema = offered["application/json"]["schema"] | {"components": document["components"]}
    jsonschema_rs.validate(schema, (await post(client)).json())


@pytest.mark.parametrize("changes", [{}, {"source": EVENT}, {"engagement_id": "acme"}])
@pytest.mark.parametrize("text", [PAGE, PAGE.replace("\n", "\r\n\r\n")])
async def test_the_same_notes_get_the_same_grades_at_no_cost(
    client: httpx2.AsyncClient, judge: FakeJudge, changes: dict[str, Any], text: str
) -> None:
    first = await scored(client, **changes)
    again = await scored(client, **(changes | {"text": text}))
    assert len(judge.asked) == 2
    assert [result.grade for result in again.results] == [result.grade for result in first.results]


async def test_a_new_version_of_the_notes_has_only_what_changed_graded_anew(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first = await scored(client, source=EVENT)
    changed = "\n" + PAGE.replace("rarely burns", "never burns")
    second = await scored(client, source=EVENT | {"event_id": "2"}, text=changed)
    assert len(judge.asked) == 3
    assert ids(second)[0] == ids(first)[0]
    assert ids(second)[1] != ids(first)[1]
    assert second.results[0].moments[0].line == 4


async def test_another_call_or_engagement_has_grades_of_its_own(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    every = [
        *ids(await scored(client)),
        *ids(await scored(client, source=EVENT)),
        *ids(await scored(client, source=EVENT | {"call_id": "page-78"})),
        *ids(await scored(client, source=EVENT, engagement_id="acme")),
        *ids(await scored(client, engagement_id="acme")),
        *ids(await scored(client, engagement_id="globex")),
    ]
    assert len(set(every)) == len(every) == 12


async def test_grades_can_be_fetched_and_stand_in_their_engagement(
    client: httpx2.AsyncClient,
) -> None:
    card = await scored(client, engagement_id="acme")
    engagement = await read_engagement(client, "/v1/engagements/acme")
    latest = [question.latest for question in engagement.questions if question.latest]
    assert latest == [result.grade for result in card.results]
    assert (await client.get(f"/v1/grades/{ids(card)[0]}")).json()["id"] == ids(card)[0]


async def test_what_stays_ungraded_says_why_without_the_judges_words_and_is_tried_again(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    said = f"HTTP 401: wrong key {MARK}"
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail=said, retry_after_s=7)
    card = await scored(client, engagement_id="acme", text="dish 1 is stirred")
    [result] = card.results
    assert result.grade is None
    assert result.ungraded and result.ungraded.reason is Reason.MODEL_UNAVAILABLE
    assert result.ungraded.retry_after_s == 7
    assert MARK not in result.ungraded.detail
    assert (card.tally.graded, card.tally.ungraded) == (0, 1)
    assert (await client.get("/v1/engagements/acme")).status_code == 404

    judge.result = Verdict.GOOD
    card = await scored(client, engagement_id="acme", text="dish 1 is stirred")
    assert card.tally.verdicts[Verdict.GOOD] == 1


FAILURES: dict[str, tuple[JudgeError, int, str, str | None]] = {
    "down": (ModelUnavailable(MARK), 503, "model_unavailable", "30"),
    "down for a while": (
        ModelUnavailable(MARK, retry_after_s=6.2),
        503,
        "model_unavailable",
        "7",
    ),
    "refused": (ModelRefused(MARK), 502, "refused", None),
    "malformed": (MalformedReply([MARK]), 502, "malformed_reply", None),
}


@pytest.mark.parametrize(("failure", "status", "reason", "wait"), FAILURES.values(), ids=FAILURES)
async def test_notes_that_can_not_be_assigned_are_a_problem_and_nothing_is_graded(
    client: httpx2.AsyncClient,
    assigner: FakeAssigner,
    judge: FakeJudge,
    failure: JudgeError,
    status: int,
    reason: str,
    wait: str | None,
) -> None:
    assigner.failure = failure
    response = await post(client)
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert response.status_code == problem["status"] == status
    assert (problem["title"], problem["reason"]) == ("Unassigned", reason)
    assert response.headers.get("retry-after") == wait
    assert MARK not in response.text
    assert judge.asked == []

    response = await post(client, STREAMED)
    assert response.status_code == 200
    assert events(response.text) == [("error", problem, None)]
    told = [line for line in response.text.splitlines() if line.startswith("retry")]
    assert told == ([f"retry: {wait}000"] if wait else [])


REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "no text": (422, "invalid-request", {"json": {"playbook": "cooking"}}),
    "empty text": (422, "invalid-request", {"json": {"text": "", "engagement_id": MARK}}),
    "unknown field": (422, "invalid-request", {"json": {"text": PAGE, f"We like {MARK}": MARK}}),
    "text a list": (422, "invalid-request", {"json": {"text": [MARK]}}),
    "half a source": (422, "invalid-request", {"json": {"text": PAGE, "source": {"tool": MARK}}}),
    "long playbook": (422, "invalid-request", {"json": {"text": PAGE, "playbook": MARK * 20}}),
    "no words": (422, "unreadable-source", {"json": {"text": f" \n---\n\n{'`' * 3}{MARK}"}}),
    "zero byte": (422, "unreadable-source", {"json": {"text": f"{MARK}\n\0"}}),
    "unknown playbook": (404, "unknown-playbook", {"json": {"text": PAGE, "playbook": MARK}}),
    "large body": (413, "too-large", {"json": {"text": MARK * 20_000}}),
    "not JSON": (400, "broken-json", {"content": MARK, "headers": JSON}),
    "a page": (415, "unsupported-media-type", {"content": PAGE}),
    "an image": (406, "not-acceptable", {"json": {"text": PAGE}, "headers": {"accept": "image/a"}}),
}


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
@pytest.mark.parametrize(("status", "name", "request_"), REFUSED.values(), ids=REFUSED)
async def test_what_can_not_be_used_gets_its_problem_before_any_event(
    client: httpx2.AsyncClient,
    judge: FakeJudge,
    caplog: pytest.LogCaptureFixture,
    status: int,
    name: str,
    request_: dict[str, Any],
    accept: str,
) -> None:
    headers = {"accept": accept} | request_.get("headers", {})
    with caplog.at_level(logging.DEBUG):
        response = await client.post("/v1/notes", **(request_ | {"headers": headers}))
    assert response.status_code == response.json()["status"] == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"urn:probewise:problem:{name}"
    assert MARK not in response.text + caplog.text
    assert judge.asked == []


async def test_an_unreadable_page_names_the_line(client: httpx2.AsyncClient) -> None:
    assert (await post(client, text="one\ntwo\0")).json()["line"] == 2
    assert (await post(client, text="\n---\n")).json()["line"] == 2


async def test_a_stream_tells_what_was_found_then_each_grade_then_the_tally(
    client: httpx2.AsyncClient,
) -> None:
    response = await post(client, STREAMED)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    (first, found, _), *grades, (last, tally, _) = events(response.text)
    card = await scored(client)

    assert (first, last) == ("found", "done")
    told = FoundNotes.model_validate(found)
    assert [(p.question_id, p.answer, p.moments) for p in told.passages] == [
        (result.question_id, result.answer, result.moments) for result in card.results
    ]
    assert (told.not_found, told.unassigned, told.skipped) == (
        card.not_found,
        card.unassigned,
        card.skipped,
    )
    assert [name for name, *_ in grades] == ["grade", "grade"]
    assert {key: GradedPassage.model_validate(data) for _, data, key in grades} == {
        result.grade.id: result for result in card.results if result.grade
    }
    assert Tally.model_validate(tally) == card.tally


async def test_an_ungraded_passage_is_an_event_of_its_own_name(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.REFUSED, detail=MARK)
    _, (name, data, key), (_, tally, _) = events(
        (await post(client, STREAMED, text="dish 1 is stirred")).text
    )
    assert (name, key, data["ungraded"]["reason"]) == ("ungraded", None, "refused")
    assert MARK not in data["ungraded"]["detail"]
    assert tally["ungraded"] == 1


async def test_an_error_no_one_foresaw_ends_the_stream_and_is_logged_without_a_word(
    client: httpx2.AsyncClient, judge: FakeJudge, caplog: pytest.LogCaptureFixture
) -> None:
    judge.result = RuntimeError(MARK)
    with caplog.at_level(logging.DEBUG):
        *_, (name, problem, _) = events((await post(client, STREAMED)).text)
        assert (await post(client)).status_code == 500
    assert (name, problem["type"]) == ("error", "urn:probewise:problem:internal-error")
    assert problem["instance"] in caplog.text
    assert "unexpected RuntimeError" in caplog.text
    assert MARK not in caplog.text


class Connection:
    """One request to the application, answered while a test watches."""

    def __init__(self, app: FastAPI, body: dict[str, Any]) -> None:
        self._received = asyncio.Queue[dict[str, Any]]()
        self._received.put_nowait({"type": "http.request", "body": json.dumps(body).encode()})
        self._sent = asyncio.Queue[bytes]()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "POST",
            "path": "/v1/notes",
            "raw_path": b"/v1/notes",
            "query_string": b"",
            "server": ("127.0.0.1", 8000),
            "headers": [
                (b"host", b"127.0.0.1:8000"),
                (b"content-type", b"application/json"),
                (b"accept", b"text/event-stream"),
            ],
        }
        self.answered = asyncio.create_task(app(scope, self._received.get, self._send))

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.body":
            self._sent.put_nowait(message["body"])

    async def next(self) -> str:
        return (await asyncio.wait_for(self._sent.get(), 30)).decode()

    def leave(self) -> None:
        self._received.put_nowait({"type": "http.disconnect"})


class Waiting(FakeJudge):
    """Grades an answer when the test lets it; knows what was cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for = {n: asyncio.Event() for n in (1, 2)}
        self.allowed = {n: asyncio.Event() for n in (1, 2)}
        self.cancelled = asyncio.Queue[str]()

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked_for[question.number].set()
        try:
            await self.allowed[question.number].wait()
        except asyncio.CancelledError:
            self.cancelled.put_nowait(question.id)
            raise
        return await super().grade(question, answer)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
async def connection(settings: Settings, waiting: Waiting) -> AsyncIterator[Connection]:
    app = create_app(fake_parts(settings, waiting))
    async with app.router.lifespan_context(app):
        yield Connection(app, {"text": PAGE, "playbook": "cooking"})


async def test_each_grade_is_sent_as_soon_as_it_is_there(
    connection: Connection, waiting: Waiting
) -> None:
    assert (await connection.next()).startswith("event: found")
    for number in (2, 1):
        waiting.allowed[number].set()
        [(name, data, _)] = events(await connection.next())
        assert (name, data["question_id"]) == ("grade", f"cooking.{number}")
    assert (await connection.next()).startswith("event: done")
    await connection.answered


async def test_a_client_that_goes_away_cancels_the_grading(
    connection: Connection, waiting: Waiting
) -> None:
    await connection.next()
    waiting.allowed[1].set()
    await connection.next()
    await asyncio.wait_for(waiting.asked_for[2].wait(), 30)
    connection.leave()
    await asyncio.wait_for(connection.answered, 30)
    assert await asyncio.wait_for(waiting.cancelled.get(), 30) == "cooking.2"
    assert waiting.cancelled.empty()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0)


@pytest.mark.usefixtures("impatient")
async def test_a_comment_is_sent_where_nothing_else_was_for_long(
    connection: Connection, waiting: Waiting
) -> None:
    while not (sent := await connection.next()).startswith(":"):
        assert sent.startswith("event: found")
    assert events(sent) == []
    for allowed in waiting.allowed.values():
        allowed.set()
    while not sent.startswith("event: done"):
        sent = await connection.next()


def test_the_examples_of_requests_are_requests() -> None:
    for example in NOTES.values():
        assert isinstance(example, dict)
        NotesRequest.model_validate(example["value"])


class Quoting(FakeJudge):
    async def grade(self, *_: object) -> Grade:
        return Grade.model_validate(GRADE)


class Finding(FakeAssigner):
    async def assign(self, *_: object) -> tuple[Assignment, ...]:
        return (Assignment(question_id=str(GRADE["question_id"]), turns=(2,)),)


async def test_the_documented_examples_are_what_the_service_makes_of_the_request() -> None:
    catalogue = Catalogue(load_playbooks())
    grader = PassageGrader(catalogue, Finding(), AnswerGrader(catalogue, Quoting()))
    notes = NOTES["shortest"]
    assert isinstance(notes, dict) and isinstance(notes["value"], dict)
    transcript = read_source(str(notes["value"]["text"]), Format.NOTES)
    card = await grader.score(transcript, "auto")
    assert card.model_dump(mode="json") == SCORECARD

    (_, found, _), (_, graded, key), (_, tally, _) = events(STREAM)
    assert FoundNotes.model_validate(found).not_found == card.not_found
    assert GradedPassage.model_validate(graded) == card.results[0]
    assert key == GRADE["id"]
    assert Tally.model_validate(tally) == card.tally
