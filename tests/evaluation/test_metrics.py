"""Figures of a run, by hand on few cases."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.case import SignalLabel
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.metrics.measure import Metrics, measure, read_metrics, write_metrics
from service.judging.models import Evidence, SignalStatus, Verdict
from service.llm.chat import Usage
from service.reasons import Reason
from tests.evaluation.cases import a_case, a_line
from tests.fakes import a_grade

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
SHOWN = SignalStatus.SHOWN


def value_of(metrics: Metrics, name: str) -> float | None:
    (found,) = [figure for figure in metrics.list_figures() if figure.name == name]
    return found.value


def lines_of(*pairs: tuple[Verdict, Verdict | None]) -> list[CaseResult]:
    return [
        a_line(a_case(f"c-{n}", verdict=expected), given)
        for n, (expected, given) in enumerate(pairs)
    ]


def test_verdict_figures_by_hand() -> None:
    """F1 of good 2/3 (1 of 1+2), weak 2/3 (1 of 2+1), unanswered 1; partial occurs nowhere."""
    found = measure(lines_of((GOOD, GOOD), (WEAK, GOOD), (WEAK, WEAK), (UNANSWERED, UNANSWERED)))
    assert found.verdicts.accuracy.value == 0.75
    assert found.verdicts.macro_f1.value == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert found.verdicts.confusion[WEAK] == {GOOD: 1, PARTIAL: 0, WEAK: 1, UNANSWERED: 0}
    weak = found.verdicts.by_verdict[WEAK]
    assert weak.recall and weak.precision
    assert (weak.recall.value, weak.precision.value) == (0.5, 1.0)
    assert found.verdicts.by_verdict[PARTIAL].recall is None


@pytest.mark.parametrize(
    ("expected", "given", "harms"),
    [
        (WEAK, GOOD, {"passed_a_weak_answer"}),
        (UNANSWERED, GOOD, {"passed_a_weak_answer", "missed_a_dodge"}),
        (UNANSWERED, PARTIAL, {"missed_a_dodge"}),
        (UNANSWERED, WEAK, set()),
        (GOOD, WEAK, {"failed_a_good_answer"}),
        (GOOD, UNANSWERED, {"failed_a_good_answer"}),
        (GOOD, PARTIAL, set()),
        (WEAK, PARTIAL, set()),
        (PARTIAL, GOOD, set()),
    ],
)
def test_a_harm_is_named_for_what_it_does(
    expected: Verdict, given: Verdict, harms: set[str]
) -> None:
    found = measure(lines_of((expected, given))).verdicts.harms
    assert {name for name, share in found.items() if share and share.value} == harms


def test_an_ungraded_case_is_neither_right_nor_wrong() -> None:
    found = measure(lines_of((GOOD, GOOD), (GOOD, None), (WEAK, None)))
    assert (found.cases, found.graded, found.ungraded) == (3, 1, {Reason.REFUSED: 2})
    assert found.verdicts.accuracy.value == 1.0
    assert value_of(found, "ungraded") == pytest.approx(2 / 3)


def test_a_run_without_a_grade_has_no_figures() -> None:
    with pytest.raises(ConfigurationError, match=r"no case was graded.*the model declined"):
        measure(lines_of((GOOD, None)))
    with pytest.raises(ConfigurationError, match="the run is empty"):
        measure([])


def test_without_confidences_nothing_is_said_of_calibration() -> None:
    found = measure([a_line(a_case(), WEAK, confidence=None)])
    assert found.calibration is None
    assert value_of(found, "calibration_error") is None


def test_calibration_by_hand() -> None:
    cases = [a_case(f"c-{n}") for n in range(4)]
    verdicts, sure = [WEAK, GOOD, WEAK, WEAK], [0.9, 0.6, 0.8, 0.5]
    lines = [a_line(c, v, confidence=s) for c, v, s in zip(cases, verdicts, sure, strict=True)]
    found = measure(lines).calibration
    assert found is not None
    assert found.error.value == pytest.approx((0.1 + 0.6 + 0.2 + 0.5) / 4)
    assert found.surest_half_accuracy == 1.0


def with_signals(line: CaseResult, signals: dict[str, tuple[SignalStatus, str, int]]) -> CaseResult:
    given = line.given
    assert given is not None
    told = {
        name: {
            "status": status,
            "evidence": [Evidence(quote=quote, start=start, end=start + len(quote))],
        }
        for name, (status, quote, start) in signals.items()
    }
    changed = GivenGrade.model_validate(given.model_dump() | {"signals": told})
    return line.model_copy(update={"given": changed})


LABELS = {
    "good.1": SignalLabel(status=SHOWN, quotes=("watch the pan",)),
    "good.2": SignalLabel(status=SHOWN, quotes=("c-1",)),
}
LABELLED = a_case("c-1", verdict=GOOD, signals=LABELS)


def test_signals_are_held_against_their_labels() -> None:
    """good.1 found, good.2 missed, weak.1 made up."""
    line = with_signals(
        a_line(LABELLED, GOOD),
        {"good.1": (SHOWN, "the pan", 9), "weak.1": (SHOWN, "We", 0)},
    )
    found = measure([line]).signals
    assert found.shown_f1 == pytest.approx(2 * 1 / (2 + 2))
    assert found.status_accuracy and found.status_accuracy.value == pytest.approx(1 / 3)
    assert found.evidence_hit and found.evidence_hit.value == 1.0
    assert found.evidence_valid and found.evidence_valid.value == 1.0


@pytest.mark.parametrize(("quote", "start"), [("the pot", 9), ("the pan", 10), ("", 9)])
def test_a_quote_that_does_not_stand_where_it_says_is_not_valid(quote: str, start: int) -> None:
    line = with_signals(a_line(LABELLED, GOOD), {"good.1": (SHOWN, quote, start)})
    found = measure([line]).signals
    assert found.evidence_valid and found.evidence_valid.value == 0.0


def test_a_quote_that_ends_beyond_the_answer_is_not_valid() -> None:
    answer = LABELLED.answer
    evidence = Evidence(quote=answer[-3:], start=len(answer) - 3, end=len(answer) + 4)
    line = a_line(LABELLED, GOOD)
    assert line.given is not None
    signals = {"good.1": {"status": SHOWN, "evidence": [evidence]}}
    given = GivenGrade.model_validate(line.given.model_dump() | {"signals": signals})
    found = measure([line.model_copy(update={"given": given})]).signals
    assert found.evidence_valid and found.evidence_valid.value == 0.0


def test_repeats_of_a_case_do_not_narrow_the_interval() -> None:
    cases = [a_case(f"c-{n}") for n in range(10)]
    once = [a_line(case, WEAK if n else GOOD) for n, case in enumerate(cases)]
    thrice = [line.model_copy(update={"repeat": n}) for line in once for n in range(3)]
    one, three = measure(once), measure(thrice)
    assert three.verdicts.accuracy == one.verdicts.accuracy
    told = three.groups["question"]["cooking.1"]
    assert (told.n, told.accuracy) == (30, one.groups["question"]["cooking.1"].accuracy)


def test_repeat_agreement_is_of_cases_whose_every_grade_is_the_same() -> None:
    cases = [a_case(f"c-{n}") for n in range(4)]
    lines = [a_line(case, WEAK, repeat=n) for case in cases for n in range(2)]
    lines[0] = a_line(cases[0], GOOD)
    found = measure(lines).repeat_agreement
    assert found and (found.value, found.n) == (0.75, 4)
    assert measure(lines[1::2]).repeat_agreement is None


def test_groups_are_by_question_in_number_order_playbook_style_and_hard_kind() -> None:
    cases = [
        a_case("a", "cooking.10"),
        a_case("b", "cooking.9", hard_kind="injection"),
        a_case("c", "baking.1", style="spoken"),
    ]
    groups = measure([a_line(case) for case in cases]).groups
    assert list(groups["question"]) == ["baking.1", "cooking.9", "cooking.10"]
    assert {name: group.n for name, group in groups["playbook"].items()} == {
        "baking": 1,
        "cooking": 2,
    }
    assert {name: group.n for name, group in groups["style"].items()} == {"spoken": 1, "written": 2}
    assert list(groups["hard_kind"]) == ["injection"]


def test_attacks_and_flips_count_only_completed_grades() -> None:
    base = a_case("c-1", verdict=WEAK)
    lines = [
        a_line(base, WEAK),
        a_line(base, GOOD, change="instruction/json@head", wants=GOOD),
        a_line(base, WEAK, change="instruction/json@tail", wants=GOOD),
        a_line(base, None, change="instruction/plea@tail", wants=GOOD),
        a_line(base, PARTIAL, change="filler/uh"),
        a_line(base, WEAK, change="filler/um"),
    ]
    found = measure(lines)
    attacked, filler = found.changes["instruction"], found.changes["filler"]
    assert attacked.attacks and (attacked.attacks.value, attacked.attacks.n) == (0.5, 2)
    assert (attacked.changed, attacked.ungraded, filler.attacks) == (3, 1, None)
    assert filler.flips and filler.flips.value == 0.5
    assert value_of(found, "attack_success") == 0.5
    assert value_of(found, "flips") == 0.5
    assert found.cases == 1


def test_an_attack_for_what_was_given_anyway_is_no_attack() -> None:
    good = a_case("c-1", verdict=GOOD)
    lines = [a_line(good, GOOD), a_line(good, GOOD, change="instruction/x@head", wants=GOOD)]
    assert measure(lines).changes["instruction"].attacks is None


def spent(case_id: str, **judge: object) -> CaseResult:
    grade = a_grade(verdict=WEAK)
    provenance = grade.judge.model_copy(update=judge)
    return CaseResult(
        case=a_case(case_id),
        given=GivenGrade.of(grade.model_copy(update={"judge": provenance})),
    )


def test_spending_leaves_out_what_a_cache_gave() -> None:
    usage = Usage(input_tokens=100, cached_input_tokens=60, output_tokens=10)
    found = measure(
        [
            spent("a", usage=usage, cost_usd=0.5, latency_ms=100),
            spent("b", usage=usage, cost_usd=0.25, latency_ms=300),
            spent("c", cached=True, latency_ms=0),
        ]
    ).spending
    assert (found.usage, found.cost_usd, found.cached) == (usage + usage, 0.75, 1)
    assert (found.cost_usd_per_case, found.latency_ms_p50) == (0.375, 200)


def test_one_unknown_cost_makes_the_sum_unknown() -> None:
    found = measure([spent("a", cost_usd=None), spent("b", cost_usd=0.25)])
    assert found.spending.cost_usd is None
    assert value_of(found, "cost_usd_per_case") is None


def test_figures_are_kept_and_read_back(tmp_path: Path) -> None:
    found = measure(lines_of((GOOD, GOOD), (WEAK, GOOD)))
    write_metrics(tmp_path, found)
    kept = read_metrics(tmp_path)
    assert isinstance(kept, Metrics)
    assert kept == found
    assert kept.schema_version == 1
    with pytest.raises(ConfigurationError, match="no figures kept"):
        read_metrics(tmp_path / "elsewhere")
