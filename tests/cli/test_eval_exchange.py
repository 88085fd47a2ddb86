"""`probewise eval export | import`: cases go to another tool and come back as they were."""

from pathlib import Path

import pytest

from service.evaluation.cases.case import Case, SignalLabel, read_golden
from service.judging.models import SignalStatus, Verdict
from service.playbooks.files import dump_playbook
from tests.cli.conftest import Probewise, Ran
from tests.cli.evaluating import CASES, write_set
from tests.evaluation.cases import a_case
from tests.fakes import a_playbook

pytestmark = pytest.mark.slow

GOOD, WEAK = Verdict.GOOD, Verdict.WEAK
SHOWN = SignalLabel(status=SignalStatus.SHOWN, quotes=("We watch",))
FILES = ["cases.jsonl", "cases.csv", "cases.yaml"]


@pytest.fixture(autouse=True)
def golden(tmp_path: Path) -> Path:
    return write_set(tmp_path / "golden")


def export(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "export", "--golden", "golden", *words)


def import_(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "import", *words)


@pytest.mark.parametrize("file", FILES)
def test_what_was_exported_is_imported_unchanged(probewise: Probewise, file: str) -> None:
    ran = export(probewise, file)
    assert (ran.code, ran.out, ran.err) == (0, "", f"8 cases: {file}\n")
    ran = import_(probewise, file, "-o", "back.yaml")
    assert (ran.code, ran.out, ran.err) == (0, "", "8 cases: back.yaml\n")
    assert read_golden(Path("back.yaml")) == CASES


@pytest.mark.parametrize(("split", "count"), [("dev", 2), ("test", 6), ("all", 8)])
def test_a_split_is_exported_alone(probewise: Probewise, split: str, count: int) -> None:
    assert export(probewise, "cases.jsonl", "--split", split).err == f"{count} cases: cases.jsonl\n"
    assert import_(probewise, "cases.jsonl", "-o", "back.yaml").code == 0
    cases = read_golden(Path("back.yaml"))
    assert cases == [case for case in CASES if split in {"all", case.split}]


def test_a_named_format_goes_before_the_suffix(probewise: Probewise) -> None:
    assert export(probewise, "cases.txt", "--format", "csv").code == 0
    assert import_(probewise, "cases.txt", "--format", "csv", "-o", "back.yaml").code == 0
    assert read_golden(Path("back.yaml")) == CASES


@pytest.mark.parametrize("command", ["export", "import"])
def test_a_suffix_that_says_nothing_is_refused(probewise: Probewise, command: str) -> None:
    words = ("--golden", "golden") if command == "export" else ("-o", "back.yaml")
    ran = probewise("eval", command, "cases.txt", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "Name one of jsonl, csv, promptfoo, or end the name with .jsonl, .csv" in ran.err
    assert [file.name for file in Path.cwd().iterdir()] == ["golden"]


def cased(verdict: Verdict, **signals: SignalLabel) -> Case:
    named = {name.replace("_", "."): label for name, label in signals.items()}
    return a_case("odd", "data-engineering.1", verdict, signals=named)


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        (cased(GOOD), "odd: good needs a shown good signal and no shown weak one"),
        (cased(GOOD, good_1=SHOWN, weak_1=SHOWN), "odd: good needs a shown good signal and no "),
        (cased(Verdict.UNANSWERED, good_1=SHOWN), "odd: unanswered can't have a shown signal"),
        (cased(WEAK, weak_9=SHOWN), "odd: weak.9 is no signal of data-engineering.1"),
        (
            cased(WEAK, weak_1=SHOWN.model_copy(update={"quotes": ("We look",)})),
            "odd: not in the answer: 'We look'",
        ),
        (
            cased(WEAK, weak_1=SHOWN.model_copy(update={"quotes": ()})),
            "odd: weak.1 is shown with 0 quotes",
        ),
    ],
)
def test_a_case_that_contradicts_itself_is_named_and_nothing_is_written(
    probewise: Probewise, odd: Case, fault: str
) -> None:
    write_set(Path("golden"), [*CASES, odd])
    export(probewise, "cases.csv")
    Path("back.yaml").write_text("mine", "utf-8")
    ran = import_(probewise, "cases.csv", "-o", "back.yaml")
    assert (ran.code, ran.out) == (2, "")
    said, told = ran.err.splitlines()
    assert said.startswith(f"cases.csv: {fault}")
    assert told.startswith("error: cases.csv: 1 fault") and told.endswith("nothing was written")
    assert Path("back.yaml").read_text("utf-8") == "mine"


def test_every_fault_is_told_at_once(probewise: Probewise) -> None:
    odd = [cased(GOOD).model_copy(update={"id": f"odd-{n}"}) for n in range(3)]
    write_set(Path("golden"), odd)
    export(probewise, "cases.csv")
    ran = import_(probewise, "cases.csv", "-o", "back.yaml")
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()[:3]] == [
        "odd-0",
        "odd-1",
        "odd-2",
    ]
    assert "3 faults" in ran.err


def test_a_case_of_an_unknown_question_is_refused_and_nothing_is_written(
    probewise: Probewise, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(probewise, "cases.csv")
    Path("books").mkdir()
    Path("books/cooking.yaml").write_text(dump_playbook(a_playbook()), "utf-8")
    monkeypatch.setenv("PROBEWISE_PLAYBOOKS", "books")
    ran = import_(probewise, "cases.csv", "-o", "back.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert "no question 'data-engineering.1'" in ran.err
    assert not Path("back.yaml").exists()


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("a.csv", "id;question_id", "a.csv:1: columns are parted by semicolons; save with commas"),
        ("a.jsonl", '{"id": "c-1"}\n', "a.jsonl:1: question_id: Field required"),
        ("a.yaml", "description: c-1", "a.yaml: a promptfoo test file is a list of tests"),
        ("a.csv", None, "a.csv: can't be read: "),
    ],
)
def test_a_file_that_holds_no_cases_is_one_clear_line(
    probewise: Probewise, file: str, content: str | None, reason: str
) -> None:
    if content is not None:
        Path(file).write_text(content, "utf-8")
    ran = import_(probewise, file, "-o", "back.yaml")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: {reason}")
    assert not Path("back.yaml").exists()


def test_imported_cases_can_be_graded_at_once(probewise: Probewise) -> None:
    export(probewise, "cases.csv")
    Path("ours").mkdir()
    import_(probewise, "cases.csv", "-o", "ours/cases.yaml")
    ran = probewise("eval", "run", "--golden", "ours", "--dry-run")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "6 answers to 3 questions")
