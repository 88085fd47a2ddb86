"""What `probewise eval` refuses or tells, so that no run, baseline or terminal is spoilt."""

from pathlib import Path

import pytest

from service.evaluation.runs.run_folder import read_run
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.playbooks.files import dump_playbook
from service.playbooks.models import Question
from tests.cli.conftest import Probewise, Ran
from tests.cli.evaluating import CASES, DOWN, CaseJudge, write_set
from tests.cli.test_eval_playbook_diff import REWORDED, reworded
from tests.evaluation.cases import a_case
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parents[2] / "evals" / "robustness.yaml"
ROBUST = ("--robustness", "1", "--suite", str(SUITE))


def run(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "run", "--golden", "golden", *words)


def test_a_judge_that_is_not_configured_leaves_no_folder(probewise: Probewise) -> None:
    write_set(Path("golden"))
    assert run(probewise, "--judge", "llm").code == 2
    assert not Path("runs").exists()


def test_changed_answers_that_stayed_ungraded_are_told(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.result = DOWN
    ran = run(probewise, *ROBUST, "-o", "today")
    assert (ran.code, "ungraded: run this again" in ran.err) == (1, True)


def test_a_run_with_ungraded_changes_is_no_baseline(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.result = DOWN
    run(probewise, *ROBUST, "-o", "today")
    assert probewise("eval", "accept", "today").code == 2


@pytest.mark.parametrize("command", ["report", "gate"])
def test_no_report_is_written_when_one_can_not_be(
    probewise: Probewise, golden_judge: CaseJudge, command: str
) -> None:
    Path("gates.toml").write_text("[embedded]", "utf-8")
    run(probewise, "-o", "today")
    more = ("--gates", "gates.toml") if command == "gate" else ()
    ran = probewise("eval", command, "today", *more, "-o", "a.md", "-o", "b.pdf")
    assert (ran.code, ran.out, Path("a.md").exists()) == (2, "", False)


def versions() -> None:
    Path("old.yaml").write_text(dump_playbook(a_playbook()), "utf-8")
    Path("new.yaml").write_text(dump_playbook(reworded(a_playbook())), "utf-8")
    write_set(Path("golden"), [a_case(f"dish-{n}", "cooking.2") for n in range(4)])


def test_nothing_is_graded_for_a_report_that_can_not_be_written(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    versions()
    words = ("eval", "playbook-diff", "old.yaml", "new.yaml", "--golden", "golden")
    assert probewise(*words, "-o", "diff.pdf").code == 2
    assert golden_judge.asked == []


def test_a_wording_that_leaves_cases_ungraded_does_not_pass(
    probewise: Probewise, golden_judge: CaseJudge, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(CaseJudge):
        async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
            if question.text == REWORDED and "dish-0" not in answer.text:
                return DOWN
            return await super().grade(question, answer)

    versions()
    probewise.replaced["judge"] = Silent()
    words = ("eval", "playbook-diff", "old.yaml", "new.yaml", "--golden", "golden")
    assert probewise(*words).code != 0


def test_no_answer_or_rationale_steers_the_terminal(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    write_set(Path("golden"), [a_case("odd", "ai-ml.2", answer="We \x1b[2Jwatch.")])
    run(probewise, "-o", "before")
    golden_judge.result, golden_judge.rationale = Verdict.GOOD, "So \x1b]0;it\x07 is."
    run(probewise, "-o", "after")
    assert "\x1b" not in probewise("eval", "compare", "before", "after").out


def test_a_folders_name_is_said_as_it_is_and_on_one_line(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc-1": DOWN}
    folder = f"runs/[bold]{'x' * 90}"
    assert f"run this again with -o {folder}\n" in run(probewise, "-o", folder).err
    golden_judge.results = {}
    run(probewise, "-o", folder)
    kept = f"kept/{'y' * 90}"
    ran = probewise("eval", "accept", folder, "--baselines", kept)
    assert ran.err.startswith(f"{Path(folder).name}: 6 cases")
    assert ran.err.endswith(f"\naccepted: {kept}/embedded-test\n")


@pytest.mark.parametrize(
    "case",
    [a_case("typo", "data-eng.3"), a_case("long", "ai-ml.1", answer="a" * 20_001)],
    ids=lambda case: case.id,
)
def test_a_case_that_can_not_be_graded_is_named(
    probewise: Probewise, golden_judge: CaseJudge, case: object
) -> None:
    write_set(Path("golden"), [*CASES, case])  # type: ignore[list-item]
    assert case.id in run(probewise).err  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "case", [CASES[0], a_case("blank", "ai-ml.1", answer=" ")], ids=["twice", "blank"]
)
def test_import_refuses_what_a_run_would_refuse(probewise: Probewise, case: object) -> None:
    write_set(Path("golden"), [*CASES, case])  # type: ignore[list-item]
    line = case.model_dump_json(exclude_defaults=True)  # type: ignore[attr-defined]
    lines = [c.model_dump_json(exclude_defaults=True) for c in CASES]
    Path("cases.jsonl").write_text("\n".join([*lines, line]), "utf-8")
    ran = probewise("eval", "import", "cases.jsonl", "-o", "back.yaml")
    assert (ran.code, Path("back.yaml").exists()) == (2, False)


def test_a_run_never_mixes_two_suites(probewise: Probewise, golden_judge: CaseJudge) -> None:
    suite = Path("suite.yaml")
    suite.write_text(SUITE.read_text("utf-8"), "utf-8")
    words = ("--robustness", "1", "--suite", "suite.yaml", "-o", "today")
    run(probewise, *words)
    suite.write_text(SUITE.read_text("utf-8").replace("- name: ", "- name: x"), "utf-8")
    ran = run(probewise, *words)
    found = read_run(Path("today"))
    assert (ran.code, found.missing) == (2, 0), (ran.code, found.missing)


def test_a_line_that_stands_twice_is_not_counted_twice(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    run(probewise, "-o", "today")
    file = Path("today/cases.jsonl")
    file.write_bytes(file.read_bytes() * 2)
    assert "12 cases" not in probewise("eval", "report", "today").out


def test_help_names_the_default_folder(probewise: Probewise) -> None:
    said = " ".join(probewise("eval", "run", "--help").out.replace("│", " ").split())
    assert "runs/--." not in said


def test_where_nothing_was_graded_it_is_said_how_to_go_on(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"We": DOWN}
    ran = run(probewise)
    (folder,) = Path("runs").iterdir()
    assert f"-o {folder}" in ran.err
