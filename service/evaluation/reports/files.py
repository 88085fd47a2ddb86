"""Reports as files; the suffix of a name says which."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from service.errors import ConfigurationError
from service.evaluation.reports import Report
from service.evaluation.reports.html import html
from service.evaluation.reports.junit import junit
from service.evaluation.reports.markdown import markdown
from service.frozen import Frozen

__all__ = ["check_suffix", "write_report"]


def write_report(report: Report, file: Path) -> None:
    """Write JSON (.json), JUnit XML (.xml), Markdown (.md) or HTML (.html).

    Raises ConfigurationError for another suffix, before anything is written.
    """
    check_suffix(file)
    text = _WRITERS[file.suffix.lower()](report)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def check_suffix(file: Path) -> None:
    """ConfigurationError for a file whose suffix names no kind of report."""
    if file.suffix.lower() not in _WRITERS:
        raise ConfigurationError(f"{file}: a report ends in {', '.join(_WRITERS)}; choose one")


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


_WRITERS: Mapping[str, Callable[[Report], str]] = {
    ".json": _json,
    ".xml": junit,
    ".md": markdown,
    ".html": html,
}
