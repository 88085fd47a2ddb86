"""Reports as files: JSON (.json), JUnit XML (.xml), Markdown (.md) or HTML (.html)."""

import json

from service.evaluation.reports.html_page import html
from service.evaluation.reports.junit import junit
from service.evaluation.reports.markdown_summary import markdown
from service.evaluation.reports.report import Report
from service.evaluation.reports.writing import Writing
from service.records import Frozen

__all__ = ["check_suffix", "write_report"]


def _json(report: Report) -> str:
    """All of the report but the lines, which stand in the run's folder."""
    parts: dict[str, Frozen | None] = {
        "config": report.run.config,
        "metrics": report.metrics,
        "comparison": report.comparison,
        "gating": report.gating,
    }
    content = {name: part and part.model_dump(mode="json") for name, part in parts.items()}
    text = json.dumps({"run": report.run.name, **content}, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # lone surrogates as JSON escapes


_WRITING = Writing[Report]({".json": _json, ".xml": junit, ".md": markdown, ".html": html})
check_suffix, write_report = _WRITING.check, _WRITING.write
