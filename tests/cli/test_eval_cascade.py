"""`probewise eval cascade`: which threshold to set, from two runs or from one and an assumption."""

import json
from pathlib import Path

import pytest

from service.evaluation.threshold.threshold_report import ThresholdReport
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from tests.cli.conftest import Probewise, Ran
from tests.cli.evaluating import DOWN, CaseJudge

pytestmark = pytest.mark.slow

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict


@pytest.fixture
def runs(probewise: Probewise, golden_judge: CaseJudge) -> CaseJudge:
    """`embedded` is wrong on one case of six, `llm` on none."""
    golden_judge.results = {"cdc-2": WEAK}
    graded(probewise, "embedded", "--judge", "embedded")
    golden_judge.results, golden_judge.cost_usd = {}, 0.002
    graded(probewise, "llm", "--judge", "llm")
    return golden_judge


def graded(probewise: Probewise, folder: str, *words: str) -> None:
    probewise("eval", "run", "--golden", "golden", "-o", folder, "--no-cache", *words)


def cascade(probewise: Probewise, *words: str) -> Ran:
    return probewise("eval", "cascade", *words)


def test_the_threshold_to_set_is_shown_with_what_it_is_worth(
    probewise: Probewise, runs: CaseJudge
) -> None:
    runs.asked.clear()
    ran = cascade(probewise, "embedded", "llm")
    said = " ".join(ran.out.split())
    assert (ran.code, ran.err, runs.asked) == (0, "", [])
    assert "PROBEWISE_JUDGE=cascade PROBEWISE_CASCADE_THRESHOLD=1 " in said
    assert "embedded alone 0.833 (0.436–0.970) 0.0 %" in said
    assert "LLM alone 1.000 (0.610–1.000) 100.0 %" in said and "$2.00" in said
    assert "differs by +0.000 (+0.000 to +0.000) from the LLM alone" in said
    assert "Chosen on one half of them and measured on the other" in said


def test_a_wider_margin_and_a_lower_budget_ask_the_llm_less(
    probewise: Probewise, runs: CaseJudge
) -> None:
    for words in (("--margin", "0.2"), ("--max-cost", "1.9")):
        assert (
            "PROBEWISE_CASCADE_THRESHOLD=0\n" in cascade(probewise, "embedded", "llm", *words).out
        )


def test_json_is_all_that_is_printed_and_what_is_written(
    probewise: Probewise, runs: CaseJudge
) -> None:
    ran = cascade(probewise, "embedded", "llm", "--json", "-o", "out/a.json", "-o", "a.html")
    assert (ran.code, ran.err) == (0, "wrote out/a.json\nwrote a.html\n")
    found = ThresholdReport.model_validate_json(ran.out)
    assert Path("out/a.json").read_text("utf-8") == ran.out
    assert found.recommended.threshold == 1 and found.llm.accuracy.value == 1
    assert "PROBEWISE_CASCADE_THRESHOLD=1" in Path("a.html").read_text("utf-8")


def test_without_an_llm_run_the_assumption_is_named_as_one(
    probewise: Probewise, runs: CaseJudge
) -> None:
    words = ("embedded", "--llm-accuracy", "0.9", "--llm-cost-usd", "0.002")
    said = " ".join(cascade(probewise, *words).out.split())
    assert "Assumed, not measured: an LLM that is right on 0.9 of whatever it is asked" in said
    found = json.loads(cascade(probewise, *words, "--json").out)
    assert found["assumption"] == {"accuracy": 0.9, "cost_usd": 0.002}
    assert (found["llm_run"], found["llm"]["cost_per_1000"]) == (None, 2.0)


@pytest.mark.parametrize(("fallback", "right"), [("embedded", 1.0), ("none", 0.833)])
def test_an_unavailable_llm_is_counted_as_the_fallback_setting_has_it(
    probewise: Probewise,
    runs: CaseJudge,
    monkeypatch: pytest.MonkeyPatch,
    fallback: str,
    right: float,
) -> None:
    runs.results = {"pipes-1": DOWN}
    graded(probewise, "shaky", "--judge", "llm")
    monkeypatch.setenv("PROBEWISE_FALLBACK", fallback)
    found = json.loads(cascade(probewise, "embedded", "shaky", "--json").out)
    assert found["llm"]["accuracy"]["value"] == pytest.approx(right, abs=0.001)
    assert found["keep_unsure"] is (fallback == "embedded")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("llm", "embedded"), "name the embedded judge's first"),
        (("embedded", "embedded"), "one of the llm judge is needed here"),
        (("embedded",), "or assume an accuracy with --llm-accuracy"),
        (("embedded", "llm", "--llm-accuracy", "0.9"), "leave --llm-accuracy out"),
        (("embedded", "nowhere"), "nowhere: no run there; `probewise eval run` makes one"),
        (("embedded", "dev"), "they have none in common"),
        (("embedded", "cut"), "cut is unfinished: 1 of 6 planned answers are missing"),
        (("embedded", "llm", "-o", "a.xml"), "a.xml: this report ends in .html, .md, .json"),
    ],
)
def test_what_can_not_be_used_is_one_clear_line_and_nothing_is_written(
    probewise: Probewise, runs: CaseJudge, words: tuple[str, ...], said: str
) -> None:
    graded(probewise, "dev", "--judge", "llm", "--split", "dev")
    graded(probewise, "cut", "--judge", "llm")
    file = Path("cut", "cases.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    ran = cascade(probewise, *words, "-o", "a.md")
    assert (ran.code, ran.out, Path("a.md").exists()) == (2, "", False)
    assert ran.err.startswith("error: ") and said in ran.err and ran.err.count("\n") == 1


def test_an_llm_that_graded_nothing_tells_nothing(probewise: Probewise, runs: CaseJudge) -> None:
    runs.result = Ungraded(reason=Reason.REFUSED, detail="no")
    runs.labels = {}
    graded(probewise, "mute", "--judge", "llm")
    ran = cascade(probewise, "embedded", "mute")
    assert (ran.code, ran.out) == (2, "") and "mute graded no case" in ran.err
