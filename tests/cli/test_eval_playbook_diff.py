"""`probewise eval playbook-diff`: a reworded playbook is judged by what it does to verdicts."""

import json
import re
from pathlib import Path

import pytest

from service.judging.models import Verdict
from service.playbooks.files import dump_playbook
from service.playbooks.models import Playbook
from tests.cli.conftest import Probewise, Ran
from tests.cli.evaluating import DOWN, CaseJudge, asked, write_set
from tests.evaluation.cases import a_case
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
REWORDED = "Does dish 2 ever burn?"
CASES = [
    a_case("dish-1", "cooking.1", WEAK),
    a_case("dish-2", "cooking.2", WEAK),
    a_case("dish-3", "cooking.2", GOOD),
    a_case("tuned-2", "cooking.2", PARTIAL, split="dev"),
    a_case("oven-1", "baking.1", WEAK),
]


def reworded(playbook: Playbook, text: str = REWORDED) -> Playbook:
    """The playbook with another second question."""
    first, second, *rest = playbook.questions
    questions = (first, second.model_copy(update={"text": text}), *rest)
    return playbook.model_copy(update={"questions": questions})


@pytest.fixture(autouse=True)
def drafts(tmp_path: Path) -> None:
    """Two versions of a playbook, and of a folder of playbooks; the golden set of both."""
    for name, playbook in (("old", a_playbook()), ("new", reworded(a_playbook()))):
        (tmp_path / f"{name}.yaml").write_text(dump_playbook(playbook), "utf-8")
        folder = tmp_path / name
        folder.mkdir()
        (folder / "cooking.yaml").write_text(dump_playbook(playbook), "utf-8")
        (folder / "baking.yaml").write_text(dump_playbook(a_playbook("baking")), "utf-8")


@pytest.fixture
def judge(golden_judge: CaseJudge, drafts: None, tmp_path: Path) -> CaseJudge:
    """Right on every case of this set under every wording."""
    write_set(tmp_path / "golden", CASES)
    golden_judge.labels = {case.answer: case.verdict for case in CASES}
    return golden_judge


def diff(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "playbook-diff", "--golden", "golden", *words)


@pytest.mark.parametrize(("old", "new"), [("old.yaml", "new.yaml"), ("old", "new")])
def test_only_questions_worded_anew_are_graded_under_both_versions(
    probewise: Probewise, judge: CaseJudge, old: str, new: str
) -> None:
    ran = diff(probewise, old, new)
    assert ran.code == 0
    assert "worded differently: cooking.2\n" in ran.err
    assert "3 cases in both: accuracy +0.000" in ran.out
    assert "0 newly right, 0 newly wrong" in ran.out
    assert asked(judge, CASES) == ["dish-2", "dish-2", "dish-3", "dish-3", "tuned-2", "tuned-2"]
    wordings = [question.text == REWORDED for question, _ in judge.asked]
    assert wordings == [False] * 3 + [True] * 3
    assert judge.closed


def test_a_case_that_a_new_wording_makes_wrong_is_shown_and_fails(
    probewise: Probewise, judge: CaseJudge
) -> None:
    judge.results = {REWORDED: WEAK}
    ran = diff(probewise, "old.yaml", "new.yaml", "-o", "diff.json", "-o", "diff.html")
    assert ran.code == 1
    assert "new.yaml against old.yaml" in ran.out
    assert "differs: playbook cooking: " in ran.out
    assert "0 newly right, 2 newly wrong" in ran.out
    assert "✗ dish-3: expected good" in ran.out and "✗ tuned-2: expected partial" in ran.out
    flips = json.loads(Path("diff.json").read_text("utf-8"))["comparison"]["flips"]
    assert [(flip["base"]["verdict"], flip["new"]["verdict"]) for flip in flips] == [
        ("good", "weak"),
        ("partial", "weak"),
    ]
    assert "dish-3" in Path("diff.html").read_text("utf-8")


def test_a_wording_that_only_makes_cases_right_passes(
    probewise: Probewise, judge: CaseJudge
) -> None:
    judge.results = {"keep dish 2 from burning": UNANSWERED}
    ran = diff(probewise, "old.yaml", "new.yaml")
    assert (ran.code, "3 newly right, 0 newly wrong" in ran.out) == (0, True)
    assert "✓ dish-2: expected weak" in ran.out


def test_only_cases_of_the_chosen_split_are_graded(probewise: Probewise, judge: CaseJudge) -> None:
    judge.results = {REWORDED: GOOD}
    ran = diff(probewise, "old.yaml", "new.yaml", "--split", "dev")
    assert (ran.code, asked(judge, CASES)) == (1, ["tuned-2", "tuned-2"])


def test_a_case_without_a_grade_is_not_compared(probewise: Probewise, judge: CaseJudge) -> None:
    judge.results = {"dish-2.": DOWN}
    ran = diff(probewise, "old.yaml", "new.yaml")
    assert "2 cases in both" in ran.out and "not in both: dish-2\n" in ran.out


def test_a_version_without_a_grade_is_not_compared(probewise: Probewise, judge: CaseJudge) -> None:
    judge.results = {REWORDED: DOWN}
    ran = diff(probewise, "old.yaml", "new.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "old.yaml and new.yaml have no graded case in common" in ran.err


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("old.yaml", "old.yaml", "no golden case asks a question that both have and word diff"),
        ("old.yaml", "old/baking.yaml", "no golden case asks a question that both have"),
        ("old.yaml", "unasked.yaml", "no golden case asks a question that both have"),
        ("old.yaml", "missing.yaml", "error: missing.yaml: "),
        ("old.yaml", "broken.yaml", "broken.yaml:1:2: not YAML: "),
    ],
)
def test_versions_that_can_not_be_compared_are_one_clear_line_and_nothing_is_graded(
    probewise: Probewise, judge: CaseJudge, old: str, new: str, reason: str
) -> None:
    third = a_playbook().questions[2].model_copy(update={"probe": "Why so?"})
    unasked = a_playbook().model_copy(update={"questions": (*a_playbook().questions[:2], third)})
    Path("unasked.yaml").write_text(dump_playbook(unasked), "utf-8")
    Path("broken.yaml").write_text("[", "utf-8")
    ran = diff(probewise, old, new)
    assert (ran.code, ran.out, judge.asked) == (2, "", [])
    assert ran.err.count("\n") == 1
    assert reason in ran.err


def test_the_real_embedded_judge_grades_both_versions(probewise: Probewise, tmp_path: Path) -> None:
    write_set(tmp_path / "golden", CASES)
    ran = diff(probewise, "old.yaml", "new.yaml", "--judge", "embedded", "-o", "diff.md")
    found = re.search(
        r"3 cases in both: .*\n(\d+) newly right, (\d+) newly wrong", ran.out, re.DOTALL
    )
    assert found and ran.code == (found[2] != "0")
    assert Path("diff.md").read_text("utf-8").startswith("## Probewise: Embedded judge")
