"""An engagement as a CSV table that no spreadsheet takes for more than text."""

import csv
import io
import re
from collections.abc import Mapping

from service.engagements.models import Engagement, HistoryEntry, QuestionCoverage
from service.engagements.sentences import missing, quotes
from service.escaping import FORMULA, printable

__all__ = ["COLUMNS", "table"]

COLUMNS = (
    "engagement_id",
    "playbook_id",
    "question_id",
    "question",
    "status",
    "verdict",
    "confidence",
    "needs_review",
    "flags",
    "graded_at",
    "grade_id",
    "evidence",
    "missing",
    "rationale",
    "probe",
    "insight",
    "history",
)
_LONGEST_CELL = 32_000  # characters; Excel cuts after 32,767
# Where semicolons part the columns, what stands after one begins a cell, quoted or not.
_AFTER_SEPARATOR = re.compile(r"(;[\s\"']*)(?=[=+\-@＝＋－＠])")


def table(engagement: Engagement) -> str:
    """A line for each question under the line of COLUMNS; lines end with CR LF.

    An apostrophe stands before what a spreadsheet would compute; texts are on one line each.
    """
    stream = io.StringIO(newline="")
    rows = csv.DictWriter(stream, COLUMNS, restval="")
    rows.writeheader()
    for playbook in engagement.playbooks:
        owner = {"engagement_id": engagement.id, "playbook_id": playbook.id}
        for question in playbook.questions:
            cells = {**owner, **_asked(question), **_graded(question)}
            rows.writerow({name: _cell(text) for name, text in cells.items()})
    return stream.getvalue()


def _asked(question: QuestionCoverage) -> Mapping[str, str]:
    return {
        "question_id": question.id,
        "question": question.text or "",
        "status": question.status,
        "history": " | ".join(map(_entry, question.history)),
    }


def _graded(question: QuestionCoverage) -> Mapping[str, str]:
    latest = question.latest
    if latest is None:
        return {}
    return {
        "verdict": latest.verdict,
        "confidence": "" if latest.confidence is None else f"{latest.confidence:.2f}",
        "needs_review": "yes" if latest.needs_review else "no",
        "flags": " ".join(latest.flags),
        "graded_at": question.latest_at.isoformat(timespec="seconds") if question.latest_at else "",
        "grade_id": latest.id,
        "evidence": " | ".join(quotes(question)),
        "missing": " | ".join(missing(question)),
        "rationale": latest.rationale,
        "probe": latest.probe or "",
        "insight": latest.insight,
    }


def _entry(entry: HistoryEntry) -> str:
    said = entry.verdict or f"ungraded ({entry.reason})"
    return f"{entry.at.isoformat(timespec='seconds')} {said} {entry.id}"


def _cell(text: str) -> str:
    line = printable(" ".join(text.split()))
    guarded = FORMULA.put(_AFTER_SEPARATOR.sub(r"\1'", line))
    return guarded if len(guarded) <= _LONGEST_CELL else f"{guarded[:_LONGEST_CELL]}…"
