"""The examples of notes in the API's documentation; a test holds them to what the service does."""

import json
from collections.abc import Iterator

from pydantic import JsonValue

from service.api.examples import ANSWER, GRADE

__all__ = ["NOTES", "SCORECARD", "STREAM"]

_TEXT = f"# Acme, 20 Nov\n\n- {ANSWER}\n- They are hiring.\n"

NOTES: dict[str, JsonValue] = {
    "shortest": {"summary": "A page of notes", "value": {"text": _TEXT}},
    "of an engagement": {
        "summary": "A page that a tool may send again, with changes",
        "value": {
            "text": _TEXT,
            "playbook": "data-engineering",
            "engagement_id": "acme-2026-11",
            "source": {"tool": "wiki", "call_id": "page-77", "event_id": "version-1"},
        },
    },
}

_PASSAGE: dict[str, JsonValue] = {
    "question_id": GRADE["question_id"],
    "answer": ANSWER,
    "moments": [
        {
            "turn": 2,
            "line": 3,
            "start_ms": None,
            "end_ms": None,
            "speaker": "notes",
            "side": "unknown",
            "start": 0,
            "end": len(ANSWER),
        }
    ],
}
_RESULT: dict[str, JsonValue] = {**_PASSAGE, "grade": GRADE, "ungraded": None}
_REST: dict[str, JsonValue] = {
    "not_found": [f"data-engineering.{n}" for n in (1, 2, 4, 5, 6, 7, 8)],
    "unassigned": [
        {
            "turn": 3,
            "line": 4,
            "start_ms": None,
            "end_ms": None,
            "speaker": "notes",
            "side": "unknown",
        }
    ],
    "skipped": [],
}
_TALLY: dict[str, JsonValue] = {
    "questions": 8,
    "graded": 1,
    "ungraded": 0,
    "verdicts": {"good": 0, "partial": 0, "weak": 1, "unanswered": 0},
}

SCORECARD: dict[str, JsonValue] = {
    "playbook": "auto",
    "tally": _TALLY,
    "results": [_RESULT],
    **_REST,
}


def _events() -> Iterator[str]:
    yield f"event: found\ndata: {_compact({'passages': [_PASSAGE], **_REST})}\n\n"
    yield f"event: grade\ndata: {_compact(_RESULT)}\nid: {GRADE['id']}\n\n"
    yield f"event: done\ndata: {_compact(_TALLY)}\n\n"


def _compact(data: JsonValue) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


STREAM = "".join(_events())
