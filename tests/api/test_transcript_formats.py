"""Formats of transcripts: documented by what is read, and refused with all that is wrong."""

import json
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from service.jobs.queue import digest_content
from service.transcripts.formats import MEDIA_TYPES, Format, JsonRecord
from service.wiring import Parts
from tests.api.jobs_over import over

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PATH = "/v1/transcripts"
JSON_FORMATS = [each for each in Format if isinstance(each.record, JsonRecord)]


@pytest.fixture
def body(app: FastAPI) -> dict[str, Any]:
    content: dict[str, Any] = app.openapi()["paths"][PATH]["post"]["requestBody"]["content"]
    return content


async def post(
    client: httpx2.AsyncClient, content: object, media_type: str = "application/json", **about: Any
) -> httpx2.Response:
    text = content if isinstance(content, str) else json.dumps(content)
    headers = {"content-type": media_type}
    return await client.post(PATH, params=about, content=text, headers=headers)


async def explain(client: httpx2.AsyncClient, content: object, **about: Any) -> str:
    response = await post(client, content, **about)
    assert response.status_code == 422, response.text
    detail: str = response.json()["detail"]
    return detail


@pytest.mark.parametrize("source_format", list(Format))
def test_every_format_has_a_sample_and_every_export_a_schema(source_format: Format) -> None:
    sample = source_format.record.sample
    assert sample is not None
    assert (sample.document is not None) == isinstance(source_format.record, JsonRecord)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
async def test_every_example_is_taken_as_it_is_documented(
    client: httpx2.AsyncClient, body: dict[str, Any], media_type: str
) -> None:
    assert body[media_type]["examples"]
    for name, example in body[media_type]["examples"].items():
        for about in ({}, {"format": name}):
            taken = await post(client, example["value"], media_type, **about)
            assert taken.status_code in {200, 202}, taken.text
            job = await over(client, taken)
            assert job["status"] == "done"


@pytest.mark.parametrize("source_format", JSON_FORMATS)
def test_the_schema_takes_its_example_and_nothing_of_other_formats(
    app: FastAPI, source_format: Format
) -> None:
    document = app.openapi()
    sample = source_format.record.sample
    assert sample is not None and sample.document is not None
    reference = {"$ref": f"#/components/schemas/{sample.document.__name__}"}
    schema = {**reference, "components": document["components"]}
    jsonschema_rs.validate(schema, json.loads(sample.text))
    assert not jsonschema_rs.is_valid(schema, {"turns": []})


async def test_all_that_an_export_lacks_is_told_at_once(client: httpx2.AsyncClient) -> None:
    utterances = [{"txt": "We copy all.", "who": "Dana"}, {"speaker": ["Dana"]}]
    told = await explain(client, {"utterances": utterances})
    assert "unit: Field required" in told
    assert "utterances.0.text: Field required (there are txt, who)" in told
    assert "utterances.1.text: Field required" in told
    assert "utterances.1.speaker: Should be a string or a whole number" in told
    assert "Dana" not in told and "copy" not in told


@pytest.mark.parametrize("as_list", [True, False])
async def test_all_that_a_turn_lacks_is_told_at_once_and_what_it_has_too_much(
    client: httpx2.AsyncClient, as_list: bool
) -> None:
    turns = [{"speaker": "Dana", "said": "We copy all."}, {"speaker_id": "1", "Dana Brekke": "x"}]
    lines = "\n".join(map(json.dumps, turns))
    told = await explain(client, turns if as_list else lines, format="turns")
    for fault in (
        "speaker_id: Field required",
        "text: Field required",
        "speaker: Unknown field",
        "said: Unknown field",
        "Holds an unknown field",
    ):
        assert fault in told
    assert "Dana" not in told and "copy" not in told


async def test_turns_come_as_a_list_too(client: httpx2.AsyncClient) -> None:
    turns = [{"speaker_id": "Ada", "text": "For dish 2 we rarely look."}]
    job = await over(client, await post(client, turns, customer="Ada", playbook="cooking"))
    assert job["scorecard"]["results"][0]["answer"] == turns[0]["text"]


async def test_json_of_no_known_form_is_told_what_the_known_ones_have(
    client: httpx2.AsyncClient,
) -> None:
    told = await explain(client, {"Dana": [{"text": "We copy all."}]})
    assert "gong by callTranscripts" in told and "utterances by unit, utterances" in told
    assert "Dana" not in told


async def test_an_unknown_field_is_named_only_if_it_looks_like_one(
    client: httpx2.AsyncClient,
) -> None:
    body = {"question_id": "cooking.1", "answer": "x"}
    for name, pointer in (
        ("engagementId", "/engagementId"),
        ("engagement-id", "/engagement-id"),
        ("We copy all", ""),
        ("Dana", ""),
        ("x" * 41, ""),
        ("a/b", ""),
    ):
        problem = (await client.post("/v1/grades", json={**body, name: "x"})).json()
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
        assert problem["errors"][0]["detail"]


CALL = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>For dish 2 we rarely look.\n"


async def test_whoever_is_ours_is_no_evidence_and_everyone_else_is(
    client: httpx2.AsyncClient,
) -> None:
    content = f"{CALL}\n00:05.000 --> 00:09.000\n<v Okafor, Tom>For dish 2 there is a timer.\n"
    about = {"playbook": "cooking", "ours": "Okafor, Tom"}
    job = await over(client, await post(client, content, "text/vtt", **about))
    [result] = job["scorecard"]["results"]
    assert result["answer"] == "For dish 2 we rarely look."
    assert result["grade"]["flags"] == []


async def test_ours_is_known_for_every_part_of_a_call(client: httpx2.AsyncClient) -> None:
    about = {"playbook": "cooking", "tool": "zoom", "call_id": "77"}
    ours = CALL.replace("Ada", "Tom").replace("rarely look", "sell timers")
    await over(client, await post(client, ours, "text/vtt", ours="Tom", **about))
    later = CALL.replace("00:01", "00:11").replace("00:04", "00:14")
    job = await over(client, await post(client, later, "text/vtt", **about))
    assert job["scorecard"]["results"][0]["answer"] == "For dish 2 we rarely look."


async def test_a_transcript_without_ours_is_the_event_that_it_was_in_0_1_0(
    client: httpx2.AsyncClient, parts: Parts
) -> None:
    """Its digest is of the request: a field that nobody sent must not change it."""
    about = {"customer": "Ada", "playbook": "cooking", "tool": "zoom", "call_id": "77"}
    taken = await post(client, CALL, "text/vtt", event_id="e-1", **about)
    asked = (
        '{"playbook":"cooking","engagement_id":null,"format":null,"customer":["Ada"],'
        '"tool":"zoom","call_id":"77"}'
    )
    assert taken.status_code == 202
    job = await parts.jobs.find(taken.json()["id"])
    assert job.digest == digest_content(f"{asked}\n{CALL}".encode())
