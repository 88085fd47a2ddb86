"""The forms in which an engagement leaves: JSON, Markdown, CSV."""

from collections.abc import Callable
from enum import StrEnum

from service.engagements.markdown import scorecard
from service.engagements.models import Engagement
from service.engagements.spreadsheet import table

__all__ = ["Form", "export"]


class Form(StrEnum):
    """What an exported engagement looks like."""

    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


def export(engagement: Engagement, form: Form) -> bytes:
    """The engagement in UTF-8.

    CSV begins with a byte order mark, without which Excel takes it for another encoding.
    """
    encoding = "utf-8-sig" if form is Form.CSV else "utf-8"
    return _WRITERS[form](engagement).encode(encoding)


def _json(engagement: Engagement) -> str:
    return engagement.model_dump_json(indent=2) + "\n"


_WRITERS: dict[Form, Callable[[Engagement], str]] = {
    Form.JSON: _json,
    Form.MARKDOWN: scorecard,
    Form.CSV: table,
}
