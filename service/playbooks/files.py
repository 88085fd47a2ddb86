"""Read and write playbook files: YAML, with line and column in every error."""

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from service.errors import PlaybookError
from service.playbooks.models import Playbook

__all__ = [
    "BUILT_IN",
    "dump_playbook",
    "load_playbook",
    "load_playbooks",
    "parse_playbook",
    "write_playbooks",
]

BUILT_IN = Path(__file__).parent.parent / "_data" / "playbooks"
_SCHEMA_LINE = "# yaml-language-server: $schema=playbook.schema.json\n"


def load_playbooks(folder: Path = BUILT_IN) -> list[Playbook]:
    """Load every `*.yaml` playbook of a folder, sorted by title; PlaybookError if one is broken."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise PlaybookError("no playbook (*.yaml) in this folder", file=str(folder))
    return sorted((load_playbook(file) for file in files), key=lambda playbook: playbook.title)


def load_playbook(file: Path) -> Playbook:
    """Load one playbook file; PlaybookError names file, line and column."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PlaybookError(f"can't be read: {error}", file=str(file)) from error
    return parse_playbook(text, file=str(file))


def parse_playbook(text: str, *, file: str = "") -> Playbook:
    """Parse a playbook from YAML; PlaybookError names line and column, counted from 1."""
    try:
        content = YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise PlaybookError(
            f"not YAML: {error.problem}", file=file, line=line, column=column
        ) from error
    except (YAMLError, ValueError) as error:  # a date such as 2026-13-01 is a ValueError
        raise PlaybookError(f"not YAML: {error}", file=file) from error
    except RecursionError as error:
        raise PlaybookError("not a playbook: nested too deeply", file=file) from error
    if not isinstance(content, dict):
        raise PlaybookError(
            "a playbook is a mapping with id, title and questions", file=file, line=1
        )
    try:
        return Playbook.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        line, column = _find_node(text, first["loc"])
        where = ".".join(str(step) for step in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        message = f"{where}: {reason}" if where else reason
        raise PlaybookError(message, file=file, line=line, column=column) from error


def dump_playbook(playbook: Playbook) -> str:
    """Write a playbook as YAML; `parse_playbook` reads it back unchanged."""
    yaml = YAML()
    yaml.width = 10_000  # one line each: YAML folding would leave trailing spaces
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(playbook.model_dump(mode="json"), stream)
    return _SCHEMA_LINE + stream.getvalue()


def write_playbooks(files: Mapping[Path, Playbook], *, overwrite: bool = False) -> None:
    """Write each playbook to its file; PlaybookError, and nothing written, if one is there."""
    if taken := [str(file) for file in files if file.exists() and not overwrite]:
        raise PlaybookError(f"already there: {', '.join(taken)}; --force overwrites")
    for file, playbook in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dump_playbook(playbook), "utf-8")


def _find_node(text: str, path: Sequence[int | str]) -> tuple[int, int]:
    """Find line and column of the deepest node on the path that the file has."""
    node: Any = YAML(typ="rt").load(text)
    line, column = 0, 0
    for step in path:
        if not isinstance(node, CommentedMap | CommentedSeq):
            break
        try:
            line, column = node.lc.data[step][:2]
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
    return line + 1, column + 1
