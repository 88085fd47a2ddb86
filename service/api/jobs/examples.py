"""The examples of jobs in the API's documentation; a test holds them to the models."""

from pydantic import JsonValue

from service.api.notes_examples import SCORECARD

__all__ = ["JOB", "TAKEN"]

TAKEN: dict[str, JsonValue] = {
    "id": "job_0f6c1d1d7f2b4c0f9d3e5a71",
    "kind": "transcript",
    "status": "queued",
    "created_at": "2026-11-20T14:05:00Z",
    "updated_at": "2026-11-20T14:05:00Z",
    "total": None,
    "finished": 0,
    "scorecard": None,
    "batch": None,
    "problem": None,
}
JOB: dict[str, JsonValue] = {
    **TAKEN,
    "status": "done",
    "updated_at": "2026-11-20T14:05:09Z",
    "total": 1,
    "finished": 1,
    "scorecard": SCORECARD,
}
