"""The OpenAPI document, with what FastAPI can't put into it."""

from typing import Any

from fastapi import FastAPI
from pydantic import JsonValue

from service.api.batches import BatchRequest
from service.api.door import OPEN_PATHS
from service.api.examples import ENGAGEMENT, GRADE, JOB, NOTES, REQUESTS, SCORECARD, TAKEN
from service.api.problems import PROBLEM_JSON

__all__ = ["Api"]

_JSON = "application/json"
_GRADE_EXAMPLE = {"weak": {"summary": "A weak answer", "value": GRADE}}
_TAKEN_EXAMPLE = {"taken": {"summary": "A transcript was taken", "value": TAKEN}}
_EXAMPLES = {
    "gradeAnswer": _GRADE_EXAMPLE,
    "getGrade": _GRADE_EXAMPLE,
    "getEngagement": {
        "begun": {"summary": "Two questions of a playbook", "value": ENGAGEMENT},
    },
    "gradeNotes": {"one": {"summary": "One question was found", "value": SCORECARD}},
    "getJob": {**_TAKEN_EXAMPLE, "done": {"summary": "It is done", "value": JOB}},
}
_REQUESTS = {"gradeAnswer": REQUESTS, "gradeNotes": NOTES}


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

    def openapi(self) -> dict[str, JsonValue]:
        """Return the document; the same however often it is asked for."""
        document = super().openapi()
        document["components"]["schemas"].setdefault("BatchItem", _batch_item())
        document["components"]["securitySchemes"] = {"bearer": _BEARER}
        # An empty requirement: a service without keys lets callers of its own machine in.
        document["security"] = [{"bearer": []}] if self._wants_keys else [{}, {"bearer": []}]
        for path in OPEN_PATHS:
            document["paths"][path]["get"]["security"] = []
        operations = [
            operation for methods in document["paths"].values() for operation in methods.values()
        ]
        for operation in operations:
            responses = operation["responses"]
            for status in responses:
                if status.startswith("2"):
                    continue
                content = responses[status]["content"]
                if _JSON in content:
                    content[PROBLEM_JSON] = content.pop(_JSON)
            # FastAPI leaves every null out of the examples it is given.
            if operation["operationId"] in _EXAMPLES:
                examples = _EXAMPLES[operation["operationId"]]
                responses["200"]["content"][_JSON]["examples"] = examples
            if operation["operationId"] in _REQUESTS:
                posted = operation["requestBody"]["content"][_JSON]
                posted["examples"] = _REQUESTS[operation["operationId"]]
        return document


def _batch_item() -> JsonValue:
    """Make the schema of a batch's items: its body comes in more forms than FastAPI reads."""
    schema = BatchRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")  # they are in the document already
    return schema | {"title": "BatchItem"}
