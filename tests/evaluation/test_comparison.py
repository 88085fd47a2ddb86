"""Two runs side by side."""

import pytest

from service.errors import ConfigurationError
from service.evaluation.runs.comparison import compare_runs
from service.judging.models import Verdict
from tests.evaluation.cases import a_case, a_line, a_run

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
CASES = [a_case(f"c-{n}", f"cooking.{n % 3 + 1}", WEAK) for n in range(30)]


def given(*wrong: int) -> list[Verdict]:
    """Right for every case but those numbered."""
    return [GOOD if n in wrong else WEAK for n in range(len(CASES))]


def lines_of(verdicts: list[Verdict]) -> list[object]:
    return [a_line(case, verdict) for case, verdict in zip(CASES, verdicts, strict=True)]


def test_a_run_compared_with_itself_changes_nothing() -> None:
    run = a_run([a_line(case, WEAK) for case in CASES])
    found = compare_runs(run, run)
    assert (found.paired, found.lost, found.won, found.p_value) == (30, 0, 0, 1.0)
    assert (found.accuracy.low, found.accuracy.value, found.accuracy.high) == (0, 0, 0)
    assert (found.flips, found.differences, found.unpaired) == ((), (), ())


def test_the_order_of_the_cases_does_not_matter() -> None:
    base = [a_line(case, v) for case, v in zip(CASES, given(1, 2), strict=True)]
    new = [a_line(case, v) for case, v in zip(CASES, given(2, 3, 7), strict=True)]
    there, back = compare_runs(a_run(base), a_run(new)), compare_runs(a_run(base), a_run(new[::-1]))
    assert (there.lost, there.won) == (back.lost, back.won) == (2, 1)
    assert there.questions == back.questions
    assert {flip.case.id for flip in there.flips} == {"c-1", "c-3", "c-7"}


def test_flips_say_what_was_lost_and_what_was_won() -> None:
    base = [a_line(CASES[0], WEAK), a_line(CASES[1], GOOD), a_line(CASES[2], GOOD)]
    new = [a_line(CASES[0], GOOD), a_line(CASES[1], WEAK), a_line(CASES[2], PARTIAL)]
    found = compare_runs(a_run(base), a_run(new))
    assert [(f.was_lost, f.was_won) for f in found.flips] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_ungraded_cases_are_no_pair() -> None:
    base = [a_line(CASES[0], WEAK), a_line(CASES[1], None), a_line(CASES[2], WEAK)]
    new = [a_line(CASES[0], WEAK), a_line(CASES[1], WEAK), a_line(CASES[2], None)]
    found = compare_runs(a_run(base), a_run(new))
    assert (found.paired, found.unpaired) == (1, ("c-1", "c-2"))


def test_a_case_whose_answer_changed_is_no_pair_and_one_relabelled_is_told() -> None:
    reworded = CASES[0].model_copy(update={"answer": "Another answer."})
    relabelled = CASES[1].model_copy(update={"verdict": GOOD})
    base = [a_line(case, WEAK) for case in CASES[:3]]
    new = [a_line(case, WEAK) for case in (reworded, relabelled, CASES[2])]
    found = compare_runs(a_run(base), a_run(new))
    assert (found.paired, found.unpaired, found.relabelled) == (2, ("c-0",), ("c-1",))
    assert found.lost == 0  # both are held to the new label


def test_runs_of_different_keys_say_how_they_differ() -> None:
    lines = [a_line(case, WEAK) for case in CASES]
    found = compare_runs(a_run(lines), a_run(lines, prompt="grade@2", prompt_digest="3" * 12))
    assert found.differences == (
        "prompt: grade@1 -> grade@2",
        "prompt_digest: 000000000000 -> 333333333333",
    )


def test_robustness_changes_are_not_compared() -> None:
    plain = [a_line(case, WEAK) for case in CASES]
    attacked = a_line(CASES[0], GOOD, change="instruction/forged@head", wants=GOOD)
    assert compare_runs(a_run(plain), a_run([*plain, attacked])).flips == ()


def test_repeats_average_in_the_difference_and_count_once_in_the_test() -> None:
    base = [a_line(CASES[0], WEAK), a_line(CASES[1], WEAK)]
    new = [*base, a_line(CASES[0], GOOD, repeat=1), a_line(CASES[1], WEAK, repeat=1)]
    found = compare_runs(a_run(base), a_run(new))
    assert (found.accuracy.value, found.lost, found.paired) == (-0.25, 0, 2)


def test_runs_without_a_common_case_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="no graded case in common"):
        compare_runs(a_run([a_line(CASES[0])], name="a"), a_run([a_line(CASES[1])], name="b"))
