"""Writing a report in the form that the suffix of its file's name says."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from service.errors import ConfigurationError

__all__ = ["Writing"]

Reported = TypeVar("Reported")


class Writing(Generic[Reported]):
    """Files of one kind of report; `forms` make its text, by suffix such as `.html`."""

    def __init__(self, forms: Mapping[str, Callable[[Reported], str]]) -> None:
        self._forms = forms

    def check(self, file: Path) -> None:
        """ConfigurationError for a file whose suffix names no form."""
        if file.suffix.lower() not in self._forms:
            known = ", ".join(self._forms)
            raise ConfigurationError(f"{file}: this report ends in {known}; choose one")

    def write(self, reported: Reported, file: Path) -> None:
        """Write the form of the file's suffix; see `check`, which comes before anything else."""
        self.check(file)
        text = self._forms[file.suffix.lower()](reported)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
