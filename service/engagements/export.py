"""Export an engagement as JSON, as a Markdown page or as a CSV table."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from service.engagements.engagement_markdown import write_markdown
from service.engagements.engagement_sentences import list_missing, list_quotes
from service.engagements.models import Engagement, HistoryEntry, QuestionCoverage
from service.escaping import FORMULA, printable, without_hidden

__all__ = ["COLUMNS", "Form", "export", "write_csv"]

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
# In countries where Excel separates columns by semicolons, the text after one begins a cell,
# quoted or not, and would be computed there.
_AFTER_SEPARATOR = re.compile(r"(;[\s\"']*)(?=[=+\-@＝＋－＠])")


class Form(StrEnum):
    """The form of an exported engagement."""

    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


def export(engagement: Engagement, form: Form) -> bytes:
    """Export an engagement in UTF-8.

    CSV begins with a byte order mark, since Excel takes it for another encoding without one.
    """
    encoding = "utf-8-sig" if form is Form.CSV else "utf-8"
    return _WRITERS[form](engagement).encode(encoding)


def write_csv(engagement: Engagement) -> str:
    """Write the line of COLUMNS, then a line for each question; lines end with CR LF.

    An apostrophe is put before what a spreadsheet would compute, and each text on one line.
    """
    stream = io.StringIO(newline="")
    rows = csv.DictWriter(stream, COLUMNS, restval="")
    rows.writeheader()
    for playbook in engagement.playbooks:
        owner = {"engagement_id": engagement.id, "playbook_id": playbook.id}
        for question in playbook.questions:
            cells = {**owner, **_list_question_cells(question), **_list_grade_cells(question)}
            rows.writerow({name: _escape_cell(text) for name, text in cells.items()})
    return stream.getvalue()


def _list_question_cells(question: QuestionCoverage) -> Mapping[str, str]:
    return {
        "question_id": question.id,
        "question": question.text or "",
        "status": question.status,
        "history": " | ".join(map(_describe_entry, question.history)),
    }


def _list_grade_cells(question: QuestionCoverage) -> Mapping[str, str]:
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
        "evidence": " | ".join(list_quotes(question)),
        "missing": " | ".join(list_missing(question)),
        "rationale": latest.rationale,
        "probe": latest.probe or "",
        "insight": latest.insight,
    }


def _describe_entry(entry: HistoryEntry) -> str:
    result = entry.verdict or f"ungraded ({entry.reason})"
    return f"{entry.at.isoformat(timespec='seconds')} {result} {entry.id}"


def _escape_cell(text: str) -> str:
    line = printable(" ".join(without_hidden(text).split()))
    guarded = FORMULA.put(_AFTER_SEPARATOR.sub(r"\1'", line))
    return guarded if len(guarded) <= _LONGEST_CELL else f"{guarded[:_LONGEST_CELL]}…"


def _write_json(engagement: Engagement) -> str:
    return engagement.model_dump_json(indent=2) + "\n"


_WRITERS: dict[Form, Callable[[Engagement], str]] = {
    Form.JSON: _write_json,
    Form.MARKDOWN: write_markdown,
    Form.CSV: write_csv,
}
