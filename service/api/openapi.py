"""The OpenAPI document, with what FastAPI can't put into it."""

from typing import Any

from fastapi import FastAPI
from pydantic import JsonValue

from service.api.batches import BatchRequest
from service.api.door import OPEN_PATHS
from service.api.examples import (
    BATCH_JOB,
    CANCELLED,
    ENGAGEMENT,
    FOLLOWING_GRADE,
    GRADES,
    JOB,
    JOBS,
    NOTES,
    REQUESTS,
    SCORECARD,
    SHOWN_GRADE,
    TAKEN,
    WAITING,
)
from service.api.problems import PROBLEM_JSON
from service.api.request_ids import REQUEST_ID_HEADER
from service.api.transcript_bodies import schemas_of_exports
from service.judging.models import Verdict
from service.judging.verdict_definitions import read_verdict_definitions

__all__ = ["Api"]

_JSON = "application/json"
_GRADE_EXAMPLES = {
    "weak": {"summary": "A weak answer", "value": SHOWN_GRADE},
    "following": {
        "summary": "A reply to a probe, graded with what it follows",
        "value": FOLLOWING_GRADE,
    },
}
_EXAMPLES = {
    "gradeAnswer": _GRADE_EXAMPLES,
    "getGrade": _GRADE_EXAMPLES,
    "listGrades": {"two": {"summary": "An answer and the reply to its probe", "value": GRADES}},
    "getEngagement": {
        "begun": {"summary": "Two questions of a playbook", "value": ENGAGEMENT},
    },
    "gradeNotes": {"one": {"summary": "One question was found", "value": SCORECARD}},
    "getJob": {
        "taken": {"summary": "A transcript was taken", "value": TAKEN},
        "waiting": {"summary": "No model answers, so it waits", "value": WAITING},
        "done": {"summary": "A transcript is done", "value": JOB},
        "batch": {"summary": "A batch is done", "value": BATCH_JOB},
    },
    "cancelJob": {"cancelled": {"summary": "It is cancelled", "value": CANCELLED}},
    "listJobs": {"two": {"summary": "One job waits, one is done", "value": JOBS}},
}
_REQUESTS = {"gradeAnswer": REQUESTS, "gradeNotes": NOTES}
_REQUEST_ID = {
    REQUEST_ID_HEADER: {
        "description": "Names the request: the id that it came with, or a new one.",
        "schema": {"type": "string"},
    }
}


_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of the service; `probewise keys new` makes one.",
}


class Api(FastAPI):
    """FastAPI whose document gives problems their media type, and examples their nulls."""

    def __init__(self, *, wants_keys: bool = False, **described: Any) -> None:  # noqa: ANN401 - as FastAPI takes them
        super().__init__(**described)
        self._wants_keys = wants_keys

    def openapi(self) -> dict[str, Any]:
        """Return the document; the same however often it is asked for."""
        is_new = self.openapi_schema is None
        document = super().openapi()
        if is_new:
            schemas = document["components"]["schemas"]
            schemas["BatchItem"] = _describe_batch_item()
            schemas |= schemas_of_exports()
            schemas["Verdict"]["description"] = _describe_verdicts(schemas["Verdict"])
            document["components"]["securitySchemes"] = {"bearer": _BEARER}
            # An empty requirement: a service without keys lets callers of its own machine in.
            document["security"] = [{"bearer": []}] if self._wants_keys else [{}, {"bearer": []}]
            for path in OPEN_PATHS:
                document["paths"][path]["get"]["security"] = []
            for methods in document["paths"].values():
                for operation in methods.values():
                    _complete(operation)
        return document


def _complete(operation: dict[str, Any]) -> None:
    """Give an operation its examples, and its responses their media types and headers."""
    name, responses = operation["operationId"], operation["responses"]
    for status, response in responses.items():
        response["headers"] = {**response.get("headers", {}), **_REQUEST_ID}
        content = response.get("content", {})
        if not status.startswith("2") and _JSON in content:
            content[PROBLEM_JSON] = content.pop(_JSON)
    # FastAPI leaves every null out of the examples it is given.
    if name in _EXAMPLES:
        responses["200"]["content"][_JSON]["examples"] = _EXAMPLES[name]
    if name in _REQUESTS:
        operation["requestBody"]["content"][_JSON]["examples"] = _REQUESTS[name]


def _describe_verdicts(schema: dict[str, Any]) -> str:
    """Describe the verdicts by the very definitions that the judges are given."""
    definitions = read_verdict_definitions()
    meanings = (f"- `{verdict}`: {definitions.of(verdict)}" for verdict in Verdict)
    return "\n".join([f"{schema['description']}\n", *meanings])


def _describe_batch_item() -> JsonValue:
    """Make the schema of a batch's items: its body comes in more forms than FastAPI reads."""
    schema = BatchRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")  # they are in the document already
    return schema | {"title": "BatchItem"}
