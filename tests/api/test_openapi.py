"""The OpenAPI document: complete, and true of what the service does."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import settings as hypothesis_settings
from pydantic import BaseModel
from schemathesis.config import SchemathesisConfig
from schemathesis.python.asgi import shutdown_lifespans

from service.api.app import create_app
from service.api.examples import FOLLOWING_GRADE, GRADE, REQUESTS, SHOWN_GRADE, WAITING
from service.api.grades import GradePage, GradeRequest, GradeView
from service.api.jobs import WAITS, JobPage, JobView, Waiting
from service.judging.models import Answer, Grade, SignalStatus, Verdict
from service.judging.verdict_definitions import read_verdict_definitions
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.settings import Settings
from tests.fakes import fake_parts

pytestmark = pytest.mark.slow

PROBLEM_JSON = "application/problem+json"
THOROUGH = hypothesis_settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=[]
)


def an_app(folder: Path) -> FastAPI:
    """With the built-in playbooks, which the document's examples are about."""
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{folder}/grades.sqlite3",
        allowed_hosts=("testserver",),  # as schemathesis calls it
        insecure=True,
    )
    return create_app(fake_parts(settings, catalogue=Catalogue(load_playbooks())))


# Made at import: schemathesis's fixtures do not work under pytest 9.2.
FOLDER = TemporaryDirectory()
APP = an_app(Path(FOLDER.name))


@schemathesis.serializer("application/jsonl", "application/x-ndjson", "application/x-subrip")
def written_as_it_is(_: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode()


def a_schema(mode: str) -> schemathesis.BaseSchema:
    # An answer longer than the schema says is refused with 413.
    refused = [400, 404, 405, 409, 413, 415, 422]
    config = {
        "seed": 1,
        "generation": {"deterministic": True, "mode": mode},
        "checks": {"negative_data_rejection": {"expected-statuses": refused}},
        # That a cursor was given by the service is more than a schema can say, and so is which
        # leap seconds there are.
        "operations": [
            *(
                {
                    "include-operation-id": name,
                    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 422]}},
                }
                for name in ("listEngagements", "listGrades", "listJobs")
            ),
            # Nor that a text has words, and that a playbook is loaded.
            {
                "include-operation-id": "gradeNotes",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 404, 422]}},
            },
            # Nor that a text is WebVTT, that an event is new, and which parameters belong together.
            # Of an export, what can't be used is left out, and the rest is read.
            {
                "include-operation-id": "gradeTranscript",
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": ["2xx", 404, 409, 422]},
                    "negative_data_rejection": {"expected-statuses": ["2xx", *refused]},
                },
            },
            # What is wrong with an answer of a batch is told in the job.
            {
                "include-operation-id": "gradeAnswers",
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": ["2xx", 422]},
                    "negative_data_rejection": {"expected-statuses": ["2xx", *refused]},
                },
            },
        ],
    }
    schema = schemathesis.openapi.from_dict(
        APP.openapi(), config=SchemathesisConfig.from_dict(config)
    )
    schema.app = APP
    return schema


@pytest.fixture(scope="module", autouse=True)
def _stopped_after_use() -> Iterator[None]:
    yield
    shutdown_lifespans()
    FOLDER.cleanup()


@a_schema("all").parametrize()
@THOROUGH
def test_every_response_is_as_documented(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate()


@a_schema("positive").include(operation_id="gradeAnswer").parametrize()
@THOROUGH
def test_every_graded_response_is_as_documented(case: schemathesis.Case[Any]) -> None:
    """Generated question ids are never known ones, so this puts one in."""
    if isinstance(case.body, dict) and isinstance(case.body.get("question_id"), str):
        case.body["question_id"] = "data-engineering.3"
        case.body.pop("follows", None)
    case.call_and_validate()


@a_schema("positive").include(operation_id="gradeNotes").parametrize()
@THOROUGH
def test_every_scorecard_is_as_documented(case: schemathesis.Case[Any]) -> None:
    body = case.body
    if isinstance(body, dict) and isinstance(text := body.get("text"), str):
        body |= {"text": f"{text} dish 3 is stirred", "playbook": "auto"}
    case.call_and_validate()


@pytest.fixture
def document() -> dict[str, Any]:
    return APP.openapi()


FILE = re.compile(r"[\w-]+\.(?:md|ya?ml|py|toml)\b")


def find_texts(part: object) -> Iterator[str]:
    """Every summary and description in a document."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in {"description", "summary"} and isinstance(value, str):
                yield value
            yield from find_texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from find_texts(value)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    every = (method for path in document["paths"].values() for method in path.values())
    return {operation["operationId"]: operation for operation in every}


def test_every_operation_has_a_name_a_summary_and_a_tag(document: dict[str, Any]) -> None:
    assert set(operations(document)) == {
        "gradeAnswer",
        "getGrade",
        "listGrades",
        "gradeNotes",
        "gradeTranscript",
        "gradeAnswers",
        "getJob",
        "listJobs",
        "cancelJob",
        "listEngagements",
        "getEngagement",
        "listPlaybooks",
        "getPlaybook",
        "getQuestion",
        "getLiveness",
        "getReadiness",
    }
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations(document).values():
        assert operation["summary"]
        assert operation["description"]
        assert set(operation["tags"]) <= tags


def test_every_refusal_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        refusals = {s: r for s, r in operation["responses"].items() if not s.startswith("2")}
        assert "default" in refusals
        assert all(set(r["content"]) == {PROBLEM_JSON} for r in refusals.values())
    grading = operations(document)["gradeAnswer"]["responses"]
    assert {"400", "404", "409", "413", "415", "422", "502", "503"} <= set(grading)
    assert "Retry-After" in grading["503"]["headers"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("operation", "model"),
    [
        ("getJob", JobView),
        ("cancelJob", JobView),
        ("listJobs", JobPage),
        ("getGrade", GradeView),
        ("gradeAnswer", GradeView),
        ("listGrades", GradePage),
    ],
)
def test_the_examples_are_as_their_models_are_shown(
    document: dict[str, Any], operation: str, model: type[BaseModel]
) -> None:
    shown = operations(document)[operation]["responses"]["200"]["content"]["application/json"]
    assert shown["examples"]
    for example in shown["examples"].values():
        assert model.model_validate(example["value"]).model_dump(mode="json") == example["value"]


def test_in_every_example_of_a_grade_the_offsets_find_the_quotes() -> None:
    for shown in (SHOWN_GRADE, FOLLOWING_GRADE):
        grade = GradeView.model_validate(shown)
        for evidence in (evidence for signal in grade.signals for evidence in signal.evidence):
            assert grade.answer[evidence.start : evidence.end] == evidence.quote


def test_a_job_that_waits_is_explained_as_in_its_example() -> None:
    assert JobView.model_validate(WAITING).waiting == Waiting.model_validate(
        {"reason": "model_unavailable", "detail": WAITS, "retry_at": "2026-11-20T14:05:39Z"}
    )


def test_verdicts_are_described_by_their_definitions(document: dict[str, Any]) -> None:
    described = document["components"]["schemas"]["Verdict"]["description"]
    for verdict in Verdict:
        assert f"`{verdict}`: {read_verdict_definitions().of(verdict)}" in described


def test_no_description_sends_its_reader_to_a_file_of_ours(document: dict[str, Any]) -> None:
    """A caller has the document, not the repository."""
    described = [found for found in find_texts(document) if FILE.search(found)]
    assert described == []


def test_every_response_has_the_id_of_its_request(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for response in operation["responses"].values():
            assert "X-Request-Id" in response["headers"]


def test_asking_twice_gives_the_same_document() -> None:
    assert APP.openapi() == APP.openapi()


def test_the_examples_are_of_the_playbook_and_the_models(document: dict[str, Any]) -> None:
    question = Catalogue(load_playbooks()).question("data-engineering.3")
    grade = Grade.model_validate(GRADE)
    signals = [(signal.id, signal.kind, signal.text) for signal in grade.signals]
    assert signals == [(signal.id, signal.kind, signal.text) for signal in question.signals]
    assert (grade.probe, grade.insight) == (question.probe, question.insight)

    posted = operations(document)["gradeAnswer"]["requestBody"]["content"]["application/json"]
    assert posted["examples"] == REQUESTS
    for example in posted["examples"].values():
        request = GradeRequest.model_validate(example["value"])
        assert request.question_id == grade.question_id
        answer = Answer.of(request.answer)
        shown = [signal for signal in grade.signals if signal.status is SignalStatus.SHOWN]
        for evidence in (evidence for signal in shown for evidence in signal.evidence):
            assert answer.text[evidence.start : evidence.end] == evidence.quote
