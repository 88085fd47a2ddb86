"""`probewise eval confirm-labels`, and what `eval run` says before labels are confirmed."""

from pathlib import Path

import pytest

from service.judging.models import Verdict
from service.playbooks.files import dump_playbook
from tests.cli.conftest import Probewise
from tests.cli.evaluating import CaseJudge, write_set
from tests.evaluation.cases import a_case
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

CONFIRM = ("eval", "confirm-labels", "--golden", "golden")
RUN = ("eval", "run", "--golden", "golden", "--judge", "embedded")
CASES = [a_case("dish-1", "cooking.1", Verdict.WEAK), a_case("dish-2", "cooking.2", Verdict.WEAK)]


def reword(folder: Path) -> None:
    text = dump_playbook(a_playbook())
    (folder / "cooking.yaml").write_text(text.replace("stirs on a timer", "stirs by clock", 1))


def test_a_run_names_the_labels_to_read_again_until_they_are_confirmed(
    probewise: Probewise,
    golden_judge: CaseJudge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_set(tmp_path / "golden", CASES)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "cooking.yaml").write_text(dump_playbook(a_playbook()))
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", str(tmp_path / "own"))
    assert "2 questions confirmed" in probewise(*CONFIRM).err
    assert "again" not in probewise(*RUN, "-o", "before").err
    reword(tmp_path / "own")
    said = probewise(*RUN, "-o", "after").err
    assert "read these labels again: 1 case of cooking.1" in said
    assert "labelled before good.2 was reworded" in said
    assert "then: probewise eval confirm-labels cooking.1" in said
    assert "confirmed: 1 case of cooking.1" in probewise(*CONFIRM, "cooking.1").err
    assert "again" not in probewise(*RUN, "-o", "later").err
