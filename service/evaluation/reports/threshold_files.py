"""A cascade's report as a file: HTML (.html), Markdown (.md) or JSON (.json)."""

from service.evaluation.reports.threshold_html import html
from service.evaluation.reports.threshold_markdown import markdown
from service.evaluation.reports.writing import Writing
from service.evaluation.threshold.threshold_report import Cascading

__all__ = ["as_json", "check_suffix", "write_cascading"]


def as_json(cascading: Cascading) -> str:
    """Everything, every threshold included."""
    return cascading.model_dump_json(indent=2) + "\n"


_WRITING = Writing[Cascading]({".html": html, ".md": markdown, ".json": as_json})
check_suffix, write_cascading = _WRITING.check, _WRITING.write
