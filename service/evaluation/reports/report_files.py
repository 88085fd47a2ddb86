"""Write reports to files: the suffix of a file's name says in which form."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from service.errors import ConfigurationError
from service.evaluation.reports.html_page import render_html
from service.evaluation.reports.junit import render_junit
from service.evaluation.reports.markdown_summary import render_markdown
from service.evaluation.reports.report import RunReport
from service.records import Frozen

__all__ = ["ReportFiles", "check_suffix", "write_report"]

Reported = TypeVar("Reported")


class ReportFiles(Generic[Reported]):
    """The files of one kind of report; `forms` make its text, by suffix such as `.html`."""

    def __init__(self, forms: Mapping[str, Callable[[Reported], str]]) -> None:
        self._forms = forms

    def check(self, file: Path) -> None:
        """Raise ConfigurationError for a file whose suffix is of no form."""
        if file.suffix.lower() not in self._forms:
            known = ", ".join(self._forms)
            raise ConfigurationError(f"{file}: this report ends in {known}; choose one")

    def write(self, reported: Reported, file: Path) -> None:
        """Write the form of the file's suffix, and make the folder if it is missing.

        Raises ConfigurationError as `check` does, which a command calls before it does any work.
        """
        self.check(file)
        text = self._forms[file.suffix.lower()](reported)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def _render_json(report: RunReport) -> str:
    """Render all of the report but the results, which are in the run's folder."""
    parts: dict[str, Frozen | None] = {
        "config": report.run.config,
        "metrics": report.metrics,
        "comparison": report.comparison,
        "gating": report.gating,
    }
    content = {name: part and part.model_dump(mode="json") for name, part in parts.items()}
    text = json.dumps({"run": report.run.name, **content}, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()  # lone surrogates as JSON escapes


_FILES = ReportFiles[RunReport](
    {".json": _render_json, ".xml": render_junit, ".md": render_markdown, ".html": render_html}
)
check_suffix, write_report = _FILES.check, _FILES.write
