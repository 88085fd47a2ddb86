"""The committed JSON Schemas are those of the models, and the committed files meet them."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from service.playbooks.models import Playbook
from tests.fakes import a_playbook
from tests.schemas import ROOT, SCHEMAS, schema_text

PLAYBOOK = Playbook.model_json_schema()
FILES = [
    *ROOT.glob("playbooks/*.yaml"),
    *ROOT.glob("prompts/*.yaml"),
    ROOT / "evals" / "robustness.yaml",
    *ROOT.glob("evals/intake/*.yaml"),
    ROOT / "evals" / "training" / "changes.yaml",
]


@pytest.mark.parametrize("file", SCHEMAS)
def test_a_committed_schema_is_current(file: str) -> None:
    written = (ROOT / file).read_text("utf-8") if (ROOT / file).exists() else ""
    assert written == schema_text(SCHEMAS[file]), f"{file} is out of date: run `make schemas`"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_names_its_schema_and_meets_it(file: Path) -> None:
    text = file.read_text("utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named, "the first line names the schema"
    model = SCHEMAS[(file.parent / named[1]).resolve().relative_to(ROOT.resolve()).as_posix()]
    jsonschema_rs.validate(model.model_json_schema(), YAML(typ="safe").load(text))


@pytest.mark.parametrize(
    "changes",
    [{"id": "Not an id"}, {"owner": "me"}, {"title": ""}, {"questions": []}, {"goal": 7}],
)
def test_an_editor_with_the_schema_marks_what_loading_would_refuse(changes: dict[str, Any]) -> None:
    playbook = a_playbook().model_dump(mode="json")
    assert jsonschema_rs.is_valid(PLAYBOOK, playbook)
    assert not jsonschema_rs.is_valid(PLAYBOOK, playbook | changes)


def test_what_a_playbook_fills_in_itself_is_not_asked_of_its_author() -> None:
    assert "playbook_id" not in PLAYBOOK["$defs"]["Question"]["properties"]
