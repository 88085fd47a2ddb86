"""`probewise eval report | compare | gate | accept`: a run is shown and held to what it must be."""

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from service.evaluation.metrics.measure import read_metrics
from service.evaluation.runs.run_folder import read_run
from service.judging.models import Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN, load_playbooks
from tests.cli.conftest import Probewise, Ran
from tests.cli.evaluating import CASES, DOWN, TEST, CaseJudge, write_set
from tests.evaluation.cases import a_case

pytestmark = pytest.mark.slow

SUITE = Path(__file__).parent.parent.parent / "evals" / "robustness.yaml"
GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
GATES = """
[embedded]
never_break = ["cdc-1"]
[embedded.floors]
accuracy = 0.8
"recall.weak" = 1.0
[embedded.ceilings]
ungraded = 0.0
[llm.baseline]
[cascade.ceilings]
acuracy = 1
"""


@pytest.fixture(autouse=True)
def gates(tmp_path: Path) -> Path:
    """A file where `eval gate` looks for one."""
    file = tmp_path / "evals" / "gates.toml"
    file.parent.mkdir()
    file.write_text(GATES, "utf-8")
    return file


@pytest.fixture
def today(probewise: Probewise, golden_judge: CaseJudge) -> str:
    """A run of the embedded judge that is right on every case."""
    return run(probewise, "today")


def run(probewise: Probewise, folder: str, *words: str) -> str:
    probewise("eval", "run", "--golden", "golden", "-o", folder, *words)
    return folder


def gate(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "gate", *words)


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def cut_off(folder: str) -> None:
    """The run as a crash leaves it."""
    file = Path(folder, "cases.jsonl")
    file.write_bytes(file.read_bytes()[:-20])


def test_a_report_shows_the_figures_of_a_run_without_grading(
    probewise: Probewise, golden_judge: CaseJudge, today: str
) -> None:
    golden_judge.asked.clear()
    ran = probewise("eval", "report", today)
    shown = on_one_line(ran.out)
    assert (ran.code, ran.err, golden_judge.asked) == (0, "", [])
    assert shown.startswith("Embedded judge on the golden test split: 6 cases, 0 ungraded")
    assert "accuracy 1.000 (" in shown


def test_a_report_is_written_in_each_format_its_name_asks_for(
    probewise: Probewise, golden_judge: CaseJudge, today: str
) -> None:
    golden_judge.results = {"cdc-1": GOOD, "serving-1": DOWN}
    golden_judge.rationale = "It says <b>so</b>."
    run(probewise, "wrong")
    names = ("out/page.html", "summary.md", "junit.xml", "run.JSON")
    ran = probewise("eval", "report", "wrong", *(part for name in names for part in ("-o", name)))
    assert (ran.code, ran.err.splitlines()) == (0, [f"wrote {name}" for name in names])
    page = Path("out/page.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>") and "cdc-1" in page
    assert "It says &lt;b&gt;so&lt;/b&gt;." in page
    assert Path("summary.md").read_text("utf-8").startswith("## Probewise: Embedded judge on the ")
    suite = Xml.parse("junit.xml").getroot()[0]  # noqa: S314 - our own file
    assert {name: suite.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
    }
    content = json.loads(Path("run.JSON").read_text("utf-8"))
    assert (content["run"], content["metrics"]["graded"]) == ("wrong", 5)
    assert (content["comparison"], content["gating"]) == (None, None)


def test_a_report_against_another_run_shows_what_changed(
    probewise: Probewise, golden_judge: CaseJudge, today: str
) -> None:
    golden_judge.results = {"cdc-1": GOOD}
    run(probewise, "next")
    ran = probewise("eval", "report", "next", "--base", today, "-o", "run.json")
    assert "next against today" in ran.out
    assert "0 newly right, 1 newly wrong" in ran.out
    (flip,) = json.loads(Path("run.json").read_text("utf-8"))["comparison"]["flips"]
    assert flip["case"]["id"] == "cdc-1"


@pytest.mark.parametrize(
    "words",
    [("report", "today"), ("gate", "today"), ("compare", "today", "today")],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("name", ["report.pdf", "report"])
def test_a_report_in_an_unknown_format_is_refused_and_not_written(
    probewise: Probewise, today: str, words: tuple[str, ...], name: str
) -> None:
    ran = probewise("eval", *words, "-o", name)
    assert ran.code == 2
    assert ran.err == f"error: {name}: this report ends in .json, .xml, .md, .html; choose one\n"
    assert not Path(name).exists()


@pytest.mark.parametrize("command", ["report", "gate", "accept"])
def test_a_folder_without_a_run_is_one_clear_line(probewise: Probewise, command: str) -> None:
    ran = probewise("eval", command, "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: nowhere: no run there; `probewise eval run` makes one\n"


def test_a_comparison_shows_each_flip_with_both_rationales(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"serving-1": PARTIAL, "pipes-2": GOOD}
    golden_judge.rationale = "A plan is named."
    run(probewise, "before")
    golden_judge.results = {"cdc-2": WEAK, "pipes-2": UNANSWERED}
    golden_judge.rationale = "Nothing is [b]stirred[/]."
    run(probewise, "after")
    ran = probewise("eval", "compare", "before", "after")
    assert (ran.code, ran.err) == (0, "")
    assert "6 cases in both: accuracy +0.000 (" in ran.out
    assert "1 newly right, 1 newly wrong (McNemar p = 1.000)" in ran.out
    flips = [line.split(maxsplit=1) for line in ran.out.splitlines() if ": expected" in line]
    assert [(mark, said.strip()) for mark, said in flips] == [
        ("✗", "cdc-2: expected good"),
        ("·", "pipes-2: expected partial"),
        ("✓", "serving-1: expected weak"),
    ]
    assert ran.out.count("A plan is named.") == 3
    assert ran.out.count("Nothing is [b]stirred[/].") == 3
    for case_id in ("cdc-2", "pipes-2", "serving-1"):
        assert f"We watch the pan, says {case_id}." in ran.out


def test_a_comparison_says_in_what_the_runs_differ(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    run(probewise, "before", "--judge", "llm", "--model", "old")
    run(probewise, "after", "--judge", "llm", "--model", "new", "--only", "ai-ml")
    shown = on_one_line(probewise("eval", "compare", "before", "after").out)
    assert "differs: models: ['old'] -> ['new']" in shown
    assert "differs: golden cases: 4 removed (cdc-1, cdc-2, pipes-1, pipes-2)" in shown
    assert "2 cases in both" in shown
    assert "golden_digest" not in shown and "not in both" not in shown


def test_runs_without_a_common_case_are_not_compared(
    probewise: Probewise, golden_judge: CaseJudge, today: str
) -> None:
    run(probewise, "dev", "--split", "dev")
    ran = probewise("eval", "compare", today, "dev")
    assert ran.code == 2
    assert ran.err == "error: today and dev have no graded case in common\n"


def test_a_run_that_meets_every_gate_passes(probewise: Probewise, today: str) -> None:
    ran = gate(probewise, today)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "pass    accuracy is 1, as it must be at least 0.8",
        "pass    recall.weak is 1, as it must be at least 1",
        "pass    ungraded is 0, as it must be at most 0",
        "pass    cdc-1 is weak, expected weak",
        "every gate held",
    ]


@pytest.mark.parametrize("explain", [True, False])
def test_a_failed_gate_fails_the_build_and_explains_which_cases_moved_it(
    probewise: Probewise, golden_judge: CaseJudge, explain: bool
) -> None:
    golden_judge.results = {"pipes-1": GOOD}
    ran = gate(probewise, run(probewise, "today"), *(["--explain"] if explain else []))
    assert ran.code == 1
    assert "FAIL    recall.weak is 0.6667, but it must be at least 1" in ran.out
    assert "questions: data-engineering.1" in ran.out
    assert ("cases: pipes-1" in ran.out) is explain
    assert "pass    accuracy is 0.8333" in ran.out
    assert ran.out.endswith("a gate failed\n")


def test_a_case_that_may_never_break_fails_the_build_alone(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"cdc-1": DOWN}
    ran = gate(probewise, run(probewise, "today"), "--explain")
    assert ran.code == 1
    assert "FAIL    cdc-1 is ungraded, expected weak" in ran.out
    assert "FAIL    ungraded is 0.1667, but it must be at most 0" in ran.out


def test_an_attack_that_won_is_named(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path
) -> None:
    gates.write_text("[embedded.ceilings]\nattack_success = 0.1\nflips = 1", "utf-8")
    golden_judge.result = GOOD  # whatever was changed
    words = ("--robustness", "1", "--suite", str(SUITE), "--only", "ai-ml")
    ran = gate(probewise, run(probewise, "today", *words), "--explain")
    assert ran.code == 1
    assert "FAIL    attack_success is " in ran.out
    assert "pass    flips is " in ran.out
    assert "cases: serving-1, serving-2" in ran.out


@pytest.mark.parametrize(
    ("words", "text", "reason"),
    [
        (
            ("--judge", "embedded"),
            "[llm]",
            "error: no gates for the embedded judge on this split; add a table",
        ),
        (("--judge", "cascade"), GATES, "error: gates: no figure 'acuracy'; there is accuracy"),
        (("--judge", "embedded"), "[embedded", "gates.toml: not TOML: "),
        (("--judge", "embedded"), None, "gates.toml: can't be read: No such file"),
        (("--judge", "llm"), GATES, "BROKEN there is no baseline to compare with; accept a run"),
    ],
)
def test_a_run_that_can_not_be_judged_neither_passes_nor_fails(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path,
    words: tuple[str, ...], text: str | None, reason: str,
) -> None:  # fmt: skip
    gates.unlink() if text is None else gates.write_text(text, "utf-8")
    ran = gate(probewise, run(probewise, "today", *words))
    assert ran.code == 2
    assert reason in on_one_line(ran.err + ran.out)


def test_an_incomplete_run_breaks_however_good_it_is(probewise: Probewise, today: str) -> None:
    cut_off(today)
    ran = gate(probewise, today)
    assert ran.code == 2
    assert "BROKEN  1 of 6 planned answers are missing; run it again" in ran.out
    assert ran.out.endswith("the run itself broke\n")


def test_a_run_without_a_grade_can_not_be_judged(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    golden_judge.results = {"We watch": DOWN}
    ran = gate(probewise, run(probewise, "today"))
    assert (ran.code, ran.out) == (2, "")
    assert "no case was graded, so there is nothing to measure: HTTP 503" in ran.err


@pytest.mark.parametrize(("given", "code", "failed"), [(WEAK, 0, "0"), (GOOD, 1, "2")])
def test_a_gates_outcome_stands_in_its_report(
    probewise: Probewise, golden_judge: CaseJudge, given: Verdict, code: int, failed: str
) -> None:
    golden_judge.results = {"cdc-1": given}
    ran = gate(probewise, run(probewise, "today"), "-o", "junit.xml", "-o", "run.json")
    assert (ran.code, ran.err) == (code, "wrote junit.xml\nwrote run.json\n")
    gates = Xml.parse("junit.xml").getroot().find("testsuite[@name='gates']")  # noqa: S314 - ours
    assert gates is not None and gates.get("failures") == failed
    content = json.loads(Path("run.json").read_text("utf-8"))
    assert len(content["gating"]["results"]) == 4


@pytest.mark.parametrize(
    ("words", "cdc", "is_cut_off", "reason"),
    [
        (("--sample", "3"), WEAK, False, "a sample or part of a split is no baseline"),
        (("--only", "ai-ml"), WEAK, False, "a sample or part of a split is no baseline"),
        ((), DOWN, False, "some cases are ungraded; run it again, then accept"),
        (("--repeat", "2"), WEAK, True, "some cases are ungraded; run it again, then accept"),
    ],
)
def test_a_run_that_lacks_something_is_no_baseline(
    probewise: Probewise, golden_judge: CaseJudge,
    words: tuple[str, ...], cdc: Verdict | Ungraded, is_cut_off: bool, reason: str,
) -> None:  # fmt: skip
    golden_judge.results = {"cdc": cdc}
    folder = run(probewise, "today", *words)
    if is_cut_off:
        cut_off(folder)
    ran = probewise("eval", "accept", folder)
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: today: {reason}\n")
    assert not Path("evals/baselines").exists()


def test_an_accepted_run_is_the_baseline_of_its_judge_and_split(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path
) -> None:
    gates.write_text("[embedded.baseline]\naccuracy_margin = 0.2", "utf-8")
    words = ("--robustness", "1", "--suite", str(SUITE))
    ran = probewise("eval", "accept", run(probewise, "first", *words))
    kept = Path("evals/baselines/embedded-test")
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [
            "first: 6 cases, 0 ungraded; 61 changed answers, 0 ungraded; "
            "accuracy 1.000 (0.610–1.000)",
            "there is no baseline before it",
            f"accepted: {kept}",
        ],
    )
    assert [line.id for line in read_run(kept).results] == [
        (name, 0, None) for name in sorted(TEST)
    ]
    assert read_run(kept).missing == 0
    assert read_metrics(kept) == read_metrics(Path("first"))
    again = gate(probewise, run(probewise, "again"))
    assert (again.code, again.err) == (0, "")
    assert "pass    accuracy changed by +0.000" in again.out
    golden_judge.results = {"cdc": UNANSWERED, "pipes-1": GOOD}
    worse = gate(probewise, run(probewise, "worse"), "--explain")
    assert worse.code == 1
    assert "FAIL    accuracy changed by -0.500" in worse.out
    assert "cases: cdc-1, cdc-2, pipes-1" in worse.out
    dev = gate(probewise, run(probewise, "dev", "--split", "dev"))
    assert (dev.code, "there is no baseline" in on_one_line(dev.out)) == (2, True)


def test_a_newly_accepted_run_takes_the_place_of_the_one_before(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path, today: str
) -> None:
    gates.write_text("[embedded.baseline]\naccuracy_margin = 0.0", "utf-8")
    probewise("eval", "accept", today, "--baselines", "kept")
    golden_judge.results = {"cdc": UNANSWERED}
    worse = run(probewise, "worse")
    assert gate(probewise, worse, "--baselines", "kept").code == 1
    refused = probewise("eval", "accept", worse, "--baselines", "kept")
    assert (refused.code, read_run(Path("kept/embedded-test")).config.accepted_because) == (2, None)
    because = ("--reason", "The new playbook asks for more.")
    assert probewise("eval", "accept", worse, "--baselines", "kept", *because).code == 0
    kept = read_run(Path("kept/embedded-test"))
    assert kept.config.accepted_because == "The new playbook asks for more."
    assert gate(probewise, worse, "--baselines", "kept").code == 0
    assert [folder.name for folder in Path("kept").iterdir()] == ["embedded-test"]


def test_a_gate_tells_how_the_run_differs_from_its_baseline(
    probewise: Probewise, golden_judge: CaseJudge
) -> None:
    old = run(probewise, "old", "--judge", "llm", "--model", "old")
    probewise("eval", "accept", old)
    ran = gate(probewise, run(probewise, "new", "--judge", "llm", "--model", "new"))
    assert ran.code == 0
    assert ran.err == "differs from the baseline: models: ['old'] -> ['new']\n"


BASELINE = "[embedded.floors]\naccuracy = 0.9\n[embedded.baseline]\naccuracy_margin = 1.0"


def test_a_red_build_first_names_what_is_newly_wrong_by_question_and_counts_the_rest(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path
) -> None:
    gates.write_text(BASELINE, "utf-8")
    golden_judge.results = {"pipes-1": GOOD, "serving-2": WEAK}  # wrong before, and now
    first = run(probewise, "first")
    assert probewise("eval", "accept", first, "--reason", "A beginning.").code == 0
    golden_judge.results |= {"cdc-2": WEAK}
    write_set(
        Path("golden"), [*CASES, a_case("aaa-new", "ai-ml.2", GOOD, answer="pipes-1, says we.")]
    )
    golden_judge.results = {"pipes-1, says we.": WEAK, **golden_judge.results}
    ran = gate(probewise, run(probewise, "next"), "--explain", "-o", "page.html", "-o", "s.md")
    assert ran.code == 1
    assert ran.out.splitlines()[:7] == [
        "newly wrong against embedded-test: 2 cases of 2 questions (expected → given)",
        "        ai-ml.2: 1 wrong and not in the baseline (aaa-new good → weak)",
        "        data-engineering.3: 1 newly wrong (cdc-2 good → weak)",
        "FAIL    accuracy is 0.4286, but it must be at least 0.9",
        "        questions: ai-ml.2, data-engineering.3, data-engineering.1",
        "        cases: aaa-new, cdc-2",
        "        2 cases wrong in the baseline too",
    ]
    assert "differs from the baseline: golden cases: 1 new (aaa-new)\n" in ran.err
    assert "golden_digest" not in ran.err
    summary = Path("s.md").read_text("utf-8").splitlines()
    assert summary[4].startswith("- newly wrong against embedded-test: 2 cases")
    assert "(aaa-new, cdc-2; 2 wrong before too)" in summary[7]
    page = Path("page.html").read_text("utf-8")
    assert page.index("data-engineering.3: 1 newly wrong") < page.index("accuracy is 0.4286")
    assert page.index("2 wrong before too") < page.index("#wrong-pipes-1")


def test_a_red_run_is_accepted_for_a_reason_alone_and_what_it_changes_is_said(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path, today: str
) -> None:
    gates.write_text("[embedded.floors]\naccuracy = 0.9", "utf-8")
    probewise("eval", "accept", today)
    golden_judge.results = {"cdc-1": GOOD}
    write_set(Path("golden"), [*CASES, *(a_case(f"new-{n}", "ai-ml.2") for n in range(3))])
    worse = run(probewise, "worse")
    for words in ((), ("--reason", " ")):
        ran = probewise("eval", "accept", worse, *words)
        assert ran.code == 2
        assert "  data-engineering.3: 1 newly wrong (cdc-1 weak → good)" in ran.err.splitlines()
        assert "differs: golden cases: 3 new (new-0, new-1, new-2)" in ran.err.splitlines()
        assert "FAIL accuracy is 0.8889, but it must be at least 0.9" in ran.err.splitlines()
        assert "error: worse fails 1 of its gates; if that is deliberate" in ran.err
    assert len(read_run(Path("evals/baselines/embedded-test")).results) == 6
    ran = probewise("eval", "accept", worse, "--reason", "Labels are being reviewed.")
    assert (ran.code, len(read_run(Path("evals/baselines/embedded-test")).results)) == (0, 9)
    assert ran.err.endswith("add a table [embedded.baseline] to evals/gates.toml\n")


def test_a_prompt_edit_that_this_judge_does_not_read_is_said(
    probewise: Probewise, golden_judge: CaseJudge, today: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    probewise("eval", "accept", today)
    assert gate(probewise, run(probewise, "same")).err == ""
    monkeypatch.setenv("PROBEWISE_PROMPT", "grade@2")
    ran = gate(probewise, run(probewise, "edited"))
    assert ran.code == 0
    assert "prompt edited (grade@1 -> grade@2 in use): nothing that this judge measures" in ran.err
    said = probewise("eval", "run", "--golden", "golden", "-o", "x", "--prompt", "grade@1").err
    assert "--prompt grade@1 changes nothing in this run" in said


def test_a_reworded_question_is_named(
    probewise: Probewise, golden_judge: CaseJudge, gates: Path, today: str
) -> None:
    gates.write_text("[embedded.floors]\naccuracy = 1.0", "utf-8")
    probewise("eval", "accept", today)
    folder = Path("playbooks")
    folder.mkdir()
    for file in BUILT_IN.glob("*.yaml"):
        text = file.read_text("utf-8").replace("full loads every night", "full loads each night")
        (folder / file.name).write_text(text, "utf-8")
    golden_judge.results = {"cdc-1": GOOD}
    probewise.replaced["catalogue"] = Catalogue(load_playbooks(folder))
    ran = gate(probewise, run(probewise, "reworded"))
    assert "        data-engineering.3 (reworded): 1 newly wrong (cdc-1 weak → good)" in ran.out
    assert "questions worded differently: data-engineering.3" in ran.err


def test_no_line_is_wrapped_where_there_is_no_terminal(
    probewise: Probewise, golden_judge: CaseJudge, today: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    golden_judge.rationale = "It says why, " * 30 + "at last."
    golden_judge.results = {"cdc": UNANSWERED, "serving-1": GOOD, "pipes": GOOD}
    run(probewise, "after")
    ran = probewise("eval", "compare", today, "after")
    assert golden_judge.rationale in ran.out
    assert all(len(line) < 2000 for line in ran.out.splitlines())
