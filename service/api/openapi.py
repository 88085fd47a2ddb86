"""The OpenAPI document, with what FastAPI can't say in it."""

from fastapi import FastAPI
from pydantic import JsonValue

from service.api.examples import ENGAGEMENT, GRADE, REQUESTS
from service.api.notes_examples import NOTES, SCORECARD
from service.api.problems import PROBLEM_JSON

__all__ = ["Api"]

_JSON = "application/json"
_GRADE_EXAMPLE = {"weak": {"summary": "A weak answer", "value": GRADE}}
_EXAMPLES = {
    "gradeAnswer": _GRADE_EXAMPLE,
    "getGrade": _GRADE_EXAMPLE,
    "getEngagement": {
        "begun": {"summary": "Two questions of a playbook", "value": ENGAGEMENT},
    },
    "gradeNotes": {"one": {"summary": "One question was found", "value": SCORECARD}},
}
_REQUESTS = {"gradeAnswer": REQUESTS, "gradeNotes": NOTES}


class Api(FastAPI):
    """FastAPI whose document gives problems their media type, and examples their nulls."""

    def openapi(self) -> dict[str, JsonValue]:
        """The document; the same however often it is asked for."""
        document = super().openapi()
        operations = [
            operation for methods in document["paths"].values() for operation in methods.values()
        ]
        for operation in operations:
            responses = operation["responses"]
            for status in responses.keys() - {"200"}:
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
