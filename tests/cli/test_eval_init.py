"""`probewise eval init`: what it writes passes at once, and nothing that is there is lost."""

import shutil
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from service.evaluation.cases.case import read_golden, write_golden
from service.evaluation.starter.starter_cases import make_starter_cases, write_starter_file
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN, dump_playbook, load_playbooks
from tests.cli.conftest import Probewise, in_a_process
from tests.evaluation.cases import a_case
from tests.fakes import a_catalogue

pytestmark = pytest.mark.slow

GOLDEN, GATES = Path("evals/golden/starter.yaml"), Path("evals/gates.toml")
GITHUB, GITLAB = Path(".github/workflows/probewise.yml"), Path(".gitlab-ci.yml")


def written() -> set[Path]:
    return {file for file in Path().rglob("*") if file.is_file()}


def next_command(out: str) -> list[list[str]]:
    """The words of each `probewise` command that the output ends with."""
    return [command.split()[1:] for command in out.splitlines()[-1].split(" && ")]


def run_steps(file: Path) -> list[list[str]]:
    """The words of each `probewise` command of a workflow."""
    jobs = YAML(typ="safe").load(file)
    steps = (
        [step.get("run", "") for step in jobs["jobs"]["evals"]["steps"]]
        if file == GITHUB
        else jobs["probewise"]["script"]
    )
    return [step.split()[1:] for step in steps if step.startswith("probewise ")]


@pytest.mark.parametrize("words", [(), ("--gitlab",)])
def test_what_init_writes_in_an_empty_folder_passes_as_it_is(
    tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = in_a_process("eval", "init", *words, folder=tmp_path)
    workflow = GITLAB if words else GITHUB
    assert (ran.code, written()) == (0, {GOLDEN, GATES, workflow})
    assert len(read_golden(GOLDEN)) == 3
    lines = [line for line in workflow.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) <= 12
    for commands in (next_command(ran.out), run_steps(workflow)):
        assert [words[:2] for words in commands] == [["eval", "run"], ["eval", "gate"]]
        for command in commands:
            done = in_a_process(*command, folder=tmp_path)
            assert done.code == 0, done.out + done.err
    # The default split has the cases too, and changed answers need no file of this repository.
    run = ("eval", "run", "--judge", "embedded", "--robustness", "1", "-o", "runs/changed")
    assert in_a_process(*run, folder=tmp_path).code == 0
    assert in_a_process("eval", "gate", "runs/changed", folder=tmp_path).code == 0


def test_a_repository_with_its_own_playbooks_gets_cases_of_their_questions_that_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("our books").mkdir()
    own = a_catalogue().playbooks
    for playbook in own:
        Path(f"our books/{playbook.id}.yaml").write_text(dump_playbook(playbook), "utf-8")
    environment = {"PROBEWISE_PLAYBOOKS": "our books"}
    ran = in_a_process("eval", "init", folder=tmp_path, environment=environment)
    assert ran.code == 0
    asked = {case.question_id.partition(".")[0] for case in read_golden(GOLDEN)}
    assert asked <= {playbook.id for playbook in own}
    job = YAML(typ="safe").load(GITHUB)["jobs"]["evals"]
    assert job["env"] == environment
    for command in run_steps(GITHUB):
        done = in_a_process(*command, folder=tmp_path, environment=environment)
        assert done.code == 0, done.out + done.err


def test_the_starter_cases_contradict_nothing_and_are_read_back_as_they_are(tmp_path: Path) -> None:
    for catalogue in (Catalogue(load_playbooks(BUILT_IN)), a_catalogue()):
        for start in range(len(catalogue.questions)):
            cases = make_starter_cases(catalogue.questions[start:])
            assert len({case.id for case in cases}) == 3
            for case in cases:
                signals = catalogue.question(case.question_id).signals
                assert not list(case.find_faults(signal.id for signal in signals))
            file = tmp_path / "starter.yaml"
            file.write_text(write_starter_file(cases), "utf-8")
            assert read_golden(file) == cases


def test_nothing_that_is_there_is_overwritten_without_force(probewise: Probewise) -> None:
    GATES.parent.mkdir()
    GATES.write_text("# ours", "utf-8")
    ran = probewise("eval", "init")
    assert (ran.code, GATES.read_text("utf-8")) == (0, "# ours")
    assert f"left {GATES} alone: it is there already; --force overwrites it" in ran.err
    assert GOLDEN.exists() and GITHUB.exists()
    assert probewise("eval", "init", "--force").code == 0
    assert "embedded" in tomllib.loads(GATES.read_text("utf-8"))


def test_a_golden_set_of_their_own_gets_no_other_cases(probewise: Probewise) -> None:
    write_golden([a_case("ours-1", "ai-ml.2")], Path("cases/ours.yaml"))
    ran = probewise("eval", "init", "--golden", "cases", "--force")
    assert "left cases/starter.yaml alone: cases has 1 cases already" in ran.err
    assert not Path("cases/starter.yaml").exists()
    assert "--golden cases" in ran.out
    assert run_steps(GITHUB)[0][-4:-2] == ["--golden", "cases"]


def test_a_pipeline_of_their_own_is_left_alone_and_the_job_to_add_is_shown(
    probewise: Probewise,
) -> None:
    GITLAB.write_text("build: {script: [make]}\n", "utf-8")
    ran = probewise("eval", "init", "--gitlab")
    assert GITLAB.read_text("utf-8") == "build: {script: [make]}\n"
    assert "add this job to it:" in ran.err and "- probewise eval gate runs/ci --explain" in ran.err


def test_playbooks_that_no_ci_server_would_find_are_refused(
    probewise: Probewise, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(BUILT_IN / "ai-ml.yaml", elsewhere)
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", str(elsewhere))
    ran = probewise("eval", "init")
    assert (ran.code, written()) == (2, set())
    assert "is outside this folder, where no CI server finds it" in ran.err
