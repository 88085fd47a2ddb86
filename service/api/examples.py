"""The examples of the API's documentation; a test holds them to the models and the playbook."""

import json
from collections.abc import Iterator

from pydantic import JsonValue

__all__ = [
    "ANSWER",
    "BATCH_JOB",
    "CANCELLED",
    "ENGAGEMENT",
    "FOLLOWING_GRADE",
    "GRADE",
    "GRADES",
    "JOB",
    "JOBS",
    "NOTES",
    "REQUESTS",
    "SCORECARD",
    "SHOWN_GRADE",
    "STREAM",
    "TAKEN",
    "WAITING",
]

ANSWER = "We're doing full loads every night."

REQUESTS: dict[str, JsonValue] = {
    "shortest": {
        "summary": "An answer",
        "value": {"question_id": "data-engineering.3", "answer": ANSWER},
    },
    "transcribed": {
        "summary": "An answer from a call-transcription tool",
        "value": {
            "question_id": "data-engineering.3",
            "answer": ANSWER,
            "engagement_id": "acme-2026-11",
            "source": {"tool": "gong", "call_id": "77", "event_id": "e-1"},
            "follows": None,
        },
    },
}

GRADE: dict[str, JsonValue] = {
    "id": "gr_5f0c1e8a9b7d4c3e2f1a0b9c",
    "question_id": "data-engineering.3",
    "verdict": "weak",
    "confidence": 0.94,
    "review": [],
    "flags": [],
    "signals": [
        {
            "id": "good.1",
            "kind": "good",
            "text": "LakeFlow Connect for supported SaaS sources (Salesforce, ServiceNow, SAP)",
            "status": "absent",
            "evidence": [],
        },
        {
            "id": "good.2",
            "kind": "good",
            "text": "Debezium/Kafka for OLTP databases",
            "status": "absent",
            "evidence": [],
        },
        {
            "id": "good.3",
            "kind": "good",
            "text": "understands log-based vs query-based CDC trade-offs",
            "status": "absent",
            "evidence": [],
        },
        {
            "id": "weak.1",
            "kind": "weak",
            "text": '"We\'re doing full loads every night" — not CDC',
            "status": "shown",
            "evidence": [{"quote": "full loads every night", "start": 12, "end": 34}],
        },
    ],
    "missing": ["good.1", "good.2", "good.3"],
    "rationale": "Nightly full loads are not CDC; no incremental mechanism is named.",
    "probe": "What's your acceptable data latency and how large are those tables?",
    "insight": (
        "Log-based CDC (LakeFlow Connect, Debezium) doesn't hit the source DB under load. "
        "Query-based CDC with `_updated_at` misses hard deletes. APPLY CHANGES INTO in DLT "
        "handles SCD Type 1 and 2 natively."
    ),
    "judge": {
        "kind": "llm",
        "model": "gpt-5-mini",
        "prompt": "grade@1",
        "prompt_digest": "3b1f0c9d2e4a",
        "playbook_digest": "9a8b7c6d5e4f",
        "cached": False,
        "attempts": 1,
        "usage": {"input_tokens": 812, "cached_input_tokens": 640, "output_tokens": 143},
        "cost_usd": 0.00038,
        "latency_ms": 1240,
        "fallback_reason": None,
    },
    "needs_review": False,
}

_AT = "2026-11-20T12:30:00Z"

SHOWN_GRADE: dict[str, JsonValue] = {
    **GRADE,
    "answer": ANSWER,
    "answers": [{"grade_id": GRADE["id"], "start": 0, "end": len(ANSWER)}],
    "follows": None,
    "engagement_id": "acme-2026-11",
    "source": {"tool": "gong", "call_id": "77", "event_id": "e-1"},
    "created_at": _AT,
}

_REPLY = "About an hour would do. Two tables have a billion rows each."
_JOINED = f"{ANSWER}\n\n{_REPLY}"
_NEXT_ID = "gr_a1b2c3d4e5f60718293a4b5c"

FOLLOWING_GRADE: dict[str, JsonValue] = {
    **SHOWN_GRADE,
    "id": _NEXT_ID,
    "answer": _JOINED,
    "answers": [
        {"grade_id": GRADE["id"], "start": 0, "end": len(ANSWER)},
        {"grade_id": _NEXT_ID, "start": len(ANSWER) + 2, "end": len(_JOINED)},
    ],
    "follows": GRADE["id"],
    "source": {"tool": "gong", "call_id": "77", "event_id": "e-2"},
    "created_at": "2026-11-20T12:31:00Z",
}

GRADES: dict[str, JsonValue] = {
    "grades": [FOLLOWING_GRADE, SHOWN_GRADE],
    "next_cursor": (
        "eyJpZCI6ImdyXzVmMGMxZThhOWI3ZDRjM2UyZjFhMGI5YyIsImNyZWF0ZWRfYXQiOiIyMDI2LTExLTIwVDEyOjMw"
        "OjAwWiJ9"
    ),
}

_COUNTS: dict[str, JsonValue] = {
    "questions": 2,
    "statuses": {"open": 1, "answered": 1, "ungraded": 0},
    "verdicts": {"good": 0, "partial": 0, "weak": 1, "unanswered": 0},
}

ENGAGEMENT: dict[str, JsonValue] = {
    "id": "acme-2026-11",
    "started_at": _AT,
    "updated_at": _AT,
    "counts": _COUNTS,
    "playbooks": [
        {
            "id": "data-engineering",
            "title": "Playbook 1 — Data Engineering Spike",
            "counts": _COUNTS,
            "questions": [
                {
                    "id": "data-engineering.3",
                    "text": (
                        "How are you handling CDC from your source systems — are you using "
                        "LakeFlow Connect, ADF CDC, Debezium, or something custom?"
                    ),
                    "status": "answered",
                    "latest": GRADE,
                    "latest_at": _AT,
                    "latest_answer": ANSWER,
                    "history": [
                        {
                            "id": GRADE["id"],
                            "at": _AT,
                            "verdict": "weak",
                            "reason": None,
                            "follows": None,
                        }
                    ],
                },
                {
                    "id": "data-engineering.4",
                    "text": (
                        "When a source schema adds a column — a new field appears in the JSON or "
                        "the upstream table gains a column — what happens to your pipeline?"
                    ),
                    "status": "open",
                    "latest": None,
                    "latest_at": None,
                    "latest_answer": None,
                    "history": [],
                },
            ],
        }
    ],
    "probes": [
        {
            "question_id": "data-engineering.3",
            "grade_id": GRADE["id"],
            "verdict": "weak",
            "probe": GRADE["probe"],
            "asked_before": 0,
        }
    ],
    "needs_review": [],
}

_TEXT = f"# Acme, 20 Nov\n\n- {ANSWER}\n- They are hiring.\n"

NOTES: dict[str, JsonValue] = {
    "shortest": {"summary": "A page of notes", "value": {"text": _TEXT}},
    "with a line given to a question": {
        "summary": "A line that a person gives to its question",
        "value": {"text": _TEXT, "assign": {"3": "data-engineering.3"}},
    },
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
            "text": "They are hiring.",
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

TAKEN: dict[str, JsonValue] = {
    "id": "job_0f6c1d1d7f2b4c0f9d3e5a71",
    "kind": "transcript",
    "status": "queued",
    "engagement_id": "acme-2026-11",
    "created_at": "2026-11-20T14:05:00Z",
    "updated_at": "2026-11-20T14:05:00Z",
    "total": None,
    "finished": 0,
    "waiting": None,
    "problem": None,
    "scorecard": None,
    "batch": None,
}
WAITING: dict[str, JsonValue] = {
    **TAKEN,
    "updated_at": "2026-11-20T14:05:09Z",
    "total": 1,
    "finished": 1,
    "waiting": {
        "reason": "model_unavailable",
        "detail": "No model answers. The job is tried again by itself; nothing needs to be sent.",
        "retry_at": "2026-11-20T14:05:39Z",
    },
}
CANCELLED: dict[str, JsonValue] = {
    **TAKEN,
    "status": "cancelled",
    "updated_at": "2026-11-20T14:05:04Z",
}
JOB: dict[str, JsonValue] = {
    **TAKEN,
    "status": "done",
    "updated_at": "2026-11-20T14:05:09Z",
    "total": 1,
    "finished": 1,
    "scorecard": SCORECARD,
}
BATCH_JOB: dict[str, JsonValue] = {
    **JOB,
    "id": "job_7d3e5a710f6c1d1d7f2b4c0f",
    "kind": "batch",
    "engagement_id": None,
    "total": 2,
    "finished": 2,
    "scorecard": None,
    "batch": {
        "results": [
            {
                "number": 1,
                "id": "row-1",
                "question_id": GRADE["question_id"],
                "answer": ANSWER,
                "grade": GRADE,
                "ungraded": None,
                "refused": None,
            },
            {
                "number": 2,
                "id": "row-2",
                "question_id": None,
                "answer": None,
                "grade": None,
                "ungraded": None,
                "refused": {
                    "type": "urn:probewise:problem:invalid-request",
                    "title": "Invalid request",
                    "status": 422,
                    "detail": "Change what is listed and send the request again.",
                    "errors": [{"pointer": "/answer", "detail": "Field required"}],
                },
            },
        ]
    },
}
_WITHOUT = ("scorecard", "batch")
JOBS: dict[str, JsonValue] = {
    "jobs": [
        {name: part for name, part in job.items() if name not in _WITHOUT}
        for job in (BATCH_JOB, WAITING)
    ],
    "next_cursor": None,
}
