"""Gates: a real loss is red and named, noise is not, and nothing green comes of a broken run."""

from pathlib import Path
from typing import Any

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.gates.gates import GateCheck, Gates, JudgeGates, apply_gates, read_gates
from service.evaluation.metrics.measure import measure
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.run import Run
from service.judging.models import Verdict
from tests.evaluation.cases import a_case, a_config, a_line, a_run

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
CASES = [
    a_case(f"c-{question}-{n}", f"cooking.{question}", (WEAK, GOOD, PARTIAL)[n % 3])
    for question in range(1, 11)
    for n in range(12)
]
BASE = [a_line(case, case.verdict) for case in CASES]


def gated(
    lines: list[CaseResult],
    gates: dict[str, Any],
    *,
    base: list[CaseResult] | None = BASE,
    run: Run | None = None,
) -> GateCheck:
    run = run or a_run(lines)
    comparison = compare_runs(a_run(base), run) if base else None
    return apply_gates(JudgeGates.model_validate(gates), run, measure(run.results), comparison)


def changed(wrong: dict[str, Verdict]) -> list[CaseResult]:
    """The base run with other verdicts for some cases."""
    return [a_line(case, wrong.get(case.id, case.verdict)) for case in CASES]


def test_the_same_run_again_passes_every_gate() -> None:
    gates = {
        "floors": {"accuracy": 1.0, "recall.partial": 1.0, "graded": 120},
        "ceilings": {"passed_a_weak_answer": 0, "ungraded": 0},
        "never_break": ["c-1-0"],
        "baseline": {},
    }
    found = gated(BASE, gates)
    assert (found.exit_code, len(found.results)) == (0, 9)


@pytest.mark.parametrize(
    ("gates", "named"),
    [
        ({"floors": {"accuracy": 0.99}}, ["c-3-0", "c-3-2"]),
        ({"floors": {"recall.partial": 0.99}}, ["c-3-2"]),
        ({"floors": {"precision.good": 0.99}}, ["c-3-0"]),
        ({"ceilings": {"passed_a_weak_answer": 0.01}}, ["c-3-0"]),
        ({"never_break": ["c-3-0", "c-4-0"]}, ["c-3-0"]),
    ],
)
def test_a_failed_gate_names_the_cases_that_moved_it(gates: Any, named: list[str]) -> None:
    found = gated(changed({"c-3-0": GOOD, "c-3-2": WEAK}), gates)
    assert found.exit_code == 1
    (failed,) = found.failed
    assert list(failed.cases) == named
    assert failed.questions == ("cooking.3",)


def test_a_real_loss_on_one_question_fails_and_names_it_while_accuracy_as_a_whole_holds() -> None:
    wrong = {f"c-7-{n}": GOOD for n in (0, 2, 3, 5)}
    found = gated(changed(wrong), {"baseline": {"accuracy_margin": 0.1}})
    assert [(result.name, result.questions) for result in found.failed] == [
        ("every question against the baseline", ("cooking.7",))
    ]
    assert set(found.failed[0].cases) == set(wrong)


def test_changes_spread_over_the_questions_do_not_fail_any_of_them() -> None:
    wrong = {f"c-{question}-0": GOOD for question in (1, 4, 6, 9)}
    assert gated(changed(wrong), {"baseline": {"accuracy_margin": 0.1}}).exit_code == 0


def test_a_loss_everywhere_fails_the_whole() -> None:
    wrong = {case.id: UNANSWERED for case in CASES if case.id.endswith(("-0", "-4"))}
    found = gated(changed(wrong), {"baseline": {}})
    assert "accuracy against the baseline" in [result.name for result in found.failed]


def test_a_figure_that_was_not_measured_fails_its_gate() -> None:
    (failed,) = gated(BASE, {"ceilings": {"attack_success": 0.02}}).failed
    assert failed.said == "attack_success was not measured; it must be at most 0.02"


def test_flips_are_blamed_on_noise_alone() -> None:
    weak = CASES[0]
    lines = [
        *BASE,
        a_line(weak, GOOD, change="instruction/order@head", wants=GOOD),
        a_line(CASES[3], GOOD, change="filler/hesitation"),
    ]
    (failed,) = gated(lines, {"ceilings": {"flips": 0.0}}).failed
    assert failed.cases == (CASES[3].id,)


def test_a_case_that_may_never_break_and_was_not_graded_fails() -> None:
    (failed,) = gated(BASE, {"never_break": ["c-99-0"]}).failed
    assert failed.said == "c-99-0 is not in this run"


def test_an_incomplete_run_is_broken_however_good_its_lines_are() -> None:
    whole = a_config(BASE)
    run = Run("today", whole, tuple(BASE[:-1]))
    found = gated(BASE, {}, run=run)
    assert (found.exit_code, found.broken) == (
        2,
        ("1 of 120 planned answers are missing; run it again",),
    )


def test_a_gate_on_the_baseline_without_one_is_broken() -> None:
    assert gated(BASE, {"baseline": {}}, base=None).exit_code == 2


def test_a_run_without_a_grade_can_not_be_judged() -> None:
    with pytest.raises(ConfigurationError, match=r"no case was graded.*the model declined"):
        gated([a_line(case, None) for case in CASES], {}, base=None)


def test_a_gate_on_a_figure_that_does_not_exist_names_those_that_are_like_it() -> None:
    with pytest.raises(ConfigurationError, match=r"no figure 'recal\.weak'; there is recall\.weak"):
        gated(BASE, {"floors": {"recal.weak": 0.5}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[embedded.floors", "not TOML"),
        ("[embedded]\nfloor = {}", "embedded.floor: Extra inputs are not permitted"),
        ("[human.floors]\naccuracy = 1", "human: Extra inputs"),
        ('[llm.floors]\naccuracy = "high"', "llm.floors.accuracy: Input should be a valid number"),
    ],
)
def test_a_broken_gates_file_says_what_is_wrong(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "gates.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=reason):
        read_gates(file)


def test_a_judge_without_gates_is_told() -> None:
    with pytest.raises(ConfigurationError, match=r"no gates for the llm judge"):
        Gates().of("llm", "test")
