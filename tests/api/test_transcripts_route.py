"""POST /v1/transcripts: any format in, a job out, each call graded once."""

import asyncio
import json
import re
from typing import Any

import httpx2
import pytest

from service.errors import MalformedReply, ModelUnavailable
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from tests.api.jobs_over import over
from tests.fakes import FakeAssigner, FakeJudge

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

VTT = """WEBVTT

00:01.000 --> 00:04.000
<v Sam>How do you keep dish 2 from burning?

00:05.000 --> 00:09.000
<v Ada>For dish 2 we rarely look.
"""
EVENT = {"tool": "zoom", "call_id": "77"}


async def post(
    client: httpx2.AsyncClient, content: str = VTT, media_type: str = "text/vtt", **about: Any
) -> httpx2.Response:
    params = {"customer": "Ada", "playbook": "cooking", **about}
    headers = {"content-type": media_type}
    return await client.post("/v1/transcripts", params=params, content=content, headers=headers)


def a_part(second: int, said: str) -> str:
    return f"WEBVTT\n\n00:{second:02}.000 --> 00:{second + 1:02}.000\n<v Ada>{said}\n"


def graded(job: dict[str, Any]) -> dict[str, str]:
    """The id of each question's grade."""
    return {r["question_id"]: r["grade"]["id"] for r in job["scorecard"]["results"]}


async def test_a_transcript_becomes_a_job_whose_results_name_turns_and_times(
    client: httpx2.AsyncClient,
) -> None:
    taken = await post(client)
    assert taken.status_code == 202
    assert taken.json()["status"] == "queued"
    assert int(taken.headers["retry-after"]) >= 1
    job = await over(client, taken)
    assert (job["status"], job["total"], job["finished"]) == ("done", 1, 1)
    (result,) = job["scorecard"]["results"]
    (moment,) = result["moments"]
    assert result["answer"] == "For dish 2 we rarely look."
    assert (moment["turn"], moment["line"], moment["speaker"]) == (2, 7, "Ada")
    assert (moment["start_ms"], moment["end_ms"]) == (5000, 9000)
    assert job["scorecard"]["not_found"] == ["cooking.1", "cooking.3"]


SRT = "1\n00:00:05,000 --> 00:00:09,000\nAda: For dish 2 we rarely look.\n"
TURN = {"speaker_id": "a", "name": "Ada", "start_ms": 5000, "text": "For dish 2 we rarely look."}
ASSEMBLYAI = {"utterances": [{"speaker": "Ada", "start": 5000, "end": 9000, "text": TURN["text"]}]}


@pytest.mark.parametrize(
    ("content", "media_type", "about"),
    [
        (VTT, "text/vtt; charset=utf-8", {}),
        (VTT, "text/plain", {}),
        (SRT, "application/x-subrip", {}),
        (json.dumps(TURN), "application/jsonl", {}),
        (json.dumps(ASSEMBLYAI), "application/json", {"format": "assemblyai"}),
        ("Ada  0:05\nFor dish 2 we rarely look.\n", "text/plain", {"format": "otter"}),
    ],
)
async def test_any_format_is_read(
    client: httpx2.AsyncClient, content: str, media_type: str, about: dict[str, str]
) -> None:
    job = await over(client, await post(client, content, media_type, **about))
    (result,) = job["scorecard"]["results"]
    assert result["answer"] == "For dish 2 we rarely look."
    assert result["moments"][0]["start_ms"] == 5000


async def test_an_event_delivered_five_times_is_one_job_and_costs_nothing_more(
    client: httpx2.AsyncClient, judge: FakeJudge, assigner: FakeAssigner
) -> None:
    taken = await asyncio.gather(*(post(client, **EVENT, event_id="e-1") for _ in range(5)))
    jobs = [await over(client, each) for each in taken]
    assert len({job["id"] for job in jobs}) == 1
    assert (await post(client, **EVENT, event_id="e-1")).status_code == 200
    assert (len(judge.asked), len(assigner.asked)) == (1, 1)


async def test_the_same_words_without_an_event_are_one_job(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first, second = await post(client), await post(client)
    assert (await over(client, first))["id"] == (await over(client, second))["id"]
    assert len(judge.asked) == 1


async def test_the_same_words_in_another_event_of_the_call_cost_no_grade(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    first = await over(client, await post(client, **EVENT, event_id="e-1"))
    second = await over(client, await post(client, **EVENT, event_id="e-2"))
    assert first["id"] != second["id"]
    assert graded(first) == graded(second)
    assert len(judge.asked) == 1


async def test_an_event_of_other_content_is_a_conflict(client: httpx2.AsyncClient) -> None:
    await over(client, await post(client, **EVENT, event_id="e-1"))
    response = await post(client, a_part(5, "Dish 3 burns."), **EVENT, event_id="e-1")
    assert response.status_code == 409
    assert response.json()["type"].endswith(":source-reused")


async def test_parts_that_come_late_and_out_of_order_are_one_call(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    about = {**EVENT, "engagement_id": "acme"}
    parts = [(30, "Dish 2 has a timer."), (10, "Dish 2 rarely burns."), (20, "Dish 3 does not.")]
    for second, said in parts:
        job = await over(client, await post(client, a_part(second, said), **about))
    two, _ = job["scorecard"]["results"]
    assert two["answer"] == "Dish 2 rarely burns.\n\nDish 2 has a timer."
    assert [moment["turn"] for moment in two["moments"]] == [1, 3]
    assert [moment["start_ms"] for moment in two["moments"]] == [10_000, 30_000]
    # Once for each form of dish 2's answer: alone, then whole; the third part changed only dish 3.
    assert [question.id for question, _ in judge.asked] == ["cooking.2", "cooking.2", "cooking.3"]
    engagement = (await client.get("/v1/engagements/acme")).json()
    latest = {
        question["id"]: question["latest"]["id"]
        for question in engagement["playbooks"][0]["questions"]
        if question["latest"]
    }
    assert latest == graded(job)


async def test_sides_are_those_of_the_whole_call(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    ours = VTT.replace("<v Ada>", "<v Sam>")  # a part in which the customer is silent
    first = await over(client, await post(client, ours, **EVENT))
    assert first["scorecard"]["results"][0]["grade"]["flags"] == ["unknown_side"]
    (missing,) = first["scorecard"]["skipped"]
    assert missing["reason"] == (
        "nobody is called as `customer` or `ours` says; speakers: 1"  # it names nobody
    )
    later = await over(client, await post(client, a_part(30, "Dish 3 burns."), **EVENT))
    (result,) = later["scorecard"]["results"]
    assert (result["question_id"], result["grade"]["flags"]) == ("cooking.3", [])
    assert later["scorecard"]["skipped"] == []


async def test_a_part_without_times_that_came_twice_counts_once(
    client: httpx2.AsyncClient,
) -> None:
    turn = json.dumps({"speaker_id": "Ada", "text": "For dish 2 we rarely look."})
    for event in ("e-1", "e-2"):
        about = {**EVENT, "event_id": event}
        job = await over(client, await post(client, turn, "application/jsonl", **about))
    assert job["scorecard"]["results"][0]["answer"] == "For dish 2 we rarely look."


@pytest.mark.parametrize(
    ("content", "media_type", "about", "status", "kind"),
    [
        ("00:01.000 --> 00:02.000\nx\n", "text/vtt", {}, 422, "unreadable-source"),
        ("", "text/vtt", {}, 422, "unreadable-source"),
        ("{", "application/json", {}, 422, "unreadable-source"),
        (VTT, "application/pdf", {}, 415, "unsupported-media-type"),
        (VTT, "text/vtt", {"playbook": "nope"}, 404, "unknown-playbook"),
        (VTT, "text/vtt", {"customer": "Nobody"}, 422, "unreadable-source"),
        (VTT, "text/vtt", {"event_id": "e-1"}, 422, "invalid-request"),
        (VTT, "text/vtt", {"surprise": "1"}, 422, "invalid-request"),
        ("x" * 5_000_001, "text/vtt", {}, 413, "too-large"),
    ],
)
async def test_what_can_not_be_taken_is_refused_before_there_is_a_job(
    client: httpx2.AsyncClient,
    content: str,
    media_type: str,
    about: dict[str, str],
    status: int,
    kind: str,
) -> None:
    response = await post(client, content, media_type, **about)
    assert response.status_code == status, response.text
    assert response.json()["type"].endswith(f":{kind}")


async def test_a_refusal_names_nobody_who_speaks(client: httpx2.AsyncClient) -> None:
    response = await post(client, VTT, "text/vtt", customer="Nobody")
    assert response.status_code == 422
    detail = response.json()["detail"]
    assert "`customer`" in detail and "speak" in detail
    assert not re.search(r"Ada|Sam|Nobody", response.text)


async def test_a_broken_file_is_told_with_its_line(client: httpx2.AsyncClient) -> None:
    problem = (await post(client, '{\n "turns": [}', "application/json")).json()
    assert problem["line"] == 2


@pytest.mark.parametrize("job_id", ["job_000000000000000000000000", "nope", "%00"])
async def test_a_job_that_is_not_kept_is_a_404(client: httpx2.AsyncClient, job_id: str) -> None:
    response = await client.get(f"/v1/jobs/{job_id}")
    assert response.status_code == 404
    assert response.json()["type"].endswith(":unknown-job")


async def test_while_no_model_answers_the_job_is_tried_again_and_then_fails(
    client: httpx2.AsyncClient, assigner: FakeAssigner
) -> None:
    assigner.failure = ModelUnavailable("key sk-123 refused")
    taken = await post(client)
    job = await over(client, taken)
    assert len(assigner.asked) == 2  # as often as the fake runner tries
    assert (job["status"], job["problem"]["reason"]) == ("failed", "model_unavailable")
    assert "sk-123" not in str(job)
    assigner.failure = None
    again = await post(client)
    assert (again.status_code, again.json()["id"]) == (202, job["id"])
    assert (await over(client, again))["status"] == "done"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(MalformedReply("said: Ada"), "unassigned"), (RuntimeError("Ada"), "internal-error")],
)
async def test_a_job_that_can_not_be_done_says_so_in_our_words(
    client: httpx2.AsyncClient, assigner: FakeAssigner, failure: Exception, kind: str
) -> None:
    assigner.failure = failure
    job = await over(client, await post(client))
    assert len(assigner.asked) == 1
    assert job["problem"]["type"].endswith(f":{kind}")
    assert "Ada" not in str(job)


async def test_what_stayed_ungraded_is_graded_when_the_call_is_sent_again(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.MALFORMED_REPLY, detail="the model said: Ada")
    job = await over(client, await post(client))
    (result,) = job["scorecard"]["results"]
    assert (job["status"], result["ungraded"]["reason"]) == ("done", "malformed_reply")
    assert "the model said" not in str(job)
    judge.result = Verdict.GOOD
    again = await over(client, await post(client))
    assert again["scorecard"]["results"][0]["grade"]["verdict"] == "good"


async def test_answers_that_no_model_graded_are_waited_for(
    client: httpx2.AsyncClient, judge: FakeJudge
) -> None:
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="down")
    job = await over(client, await post(client))
    assert len(judge.asked) == 2  # as often as the fake runner tries
    assert job["scorecard"]["tally"]["ungraded"] == 1
