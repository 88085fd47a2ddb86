"""A cascade's report as a file; the suffix of its name says which."""

from collections.abc import Callable, Mapping
from pathlib import Path

from service.errors import ConfigurationError
from service.evaluation.cascading import Cascading
from service.evaluation.reports.cascading.html import html
from service.evaluation.reports.cascading.markdown import markdown

__all__ = ["as_json", "check_suffix", "write_cascading"]


def write_cascading(cascading: Cascading, file: Path) -> None:
    """Write HTML (.html), Markdown (.md) or JSON (.json).

    Raises ConfigurationError for another suffix, before anything is written.
    """
    check_suffix(file)
    text = _WRITERS[file.suffix.lower()](cascading)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def check_suffix(file: Path) -> None:
    """ConfigurationError for a file whose suffix names no kind of report."""
    if file.suffix.lower() not in _WRITERS:
        raise ConfigurationError(f"{file}: this report ends in {', '.join(_WRITERS)}; choose one")


def as_json(cascading: Cascading) -> str:
    """Everything, every threshold included."""
    return cascading.model_dump_json(indent=2) + "\n"


_WRITERS: Mapping[str, Callable[[Cascading], str]] = {
    ".html": html,
    ".md": markdown,
    ".json": as_json,
}
