"""Figures of each way of grading: accuracy, harms, cost and time."""

import pytest

from service.evaluation.metrics.measure import measure
from service.judging.models import Verdict
from service.judging.review import Flag
from service.reasons import Reason
from tests.evaluation.cases import a_case
from tests.evaluation.threshold_runs import CASES, a_threshold_report, embedded_line, llm_line

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict
FOUR = CASES[:4]
SURE = [0.9, 0.8, 0.7, 0.6]
EMBEDDED = [embedded_line(case, case.verdict, sure) for case, sure in zip(FOUR, SURE, strict=True)]
LLM = [llm_line(case, case.verdict) for case in FOUR]


def test_each_judge_alone_has_the_figures_of_its_run() -> None:
    first = [embedded_line(case, (GOOD, WEAK)[n % 3 == 0]) for n, case in enumerate(CASES)]
    second = [llm_line(case, (GOOD, WEAK)[n % 7 > 0]) for n, case in enumerate(CASES)]
    found = a_threshold_report(first, second)
    for figures, lines in ((found.embedded, first), (found.llm, second)):
        run = measure(lines)
        assert figures.accuracy == run.verdicts.accuracy
        assert figures.harms == run.verdicts.harms
        assert figures.latency_ms_p50 == run.spending.latency_ms_p50
    per_case = measure(second).spending.cost_usd_per_case
    assert per_case and found.llm.cost_per_1000 == pytest.approx(1000 * per_case)
    assert (found.embedded.cost_per_1000, found.embedded.asked, found.llm.asked) == (0, 0, 1)


def test_cost_and_time_grow_with_what_the_llm_is_asked() -> None:
    found = a_threshold_report(EMBEDDED, LLM)
    figures = [(p.threshold, p.figures.asked, p.figures.cost_per_1000) for p in found.points]
    assert figures == [
        (0, 0, 0),
        (0.7, 0.25, pytest.approx(0.5)),
        (0.8, 0.5, pytest.approx(1.0)),
        (0.9, 0.75, pytest.approx(1.5)),
        (1, 1, pytest.approx(2.0)),
    ]
    times = [point.figures.latency_ms_p50 for point in found.points]
    assert times == [10, 10, 510, 1010, 1010]
    assert found.llm.latency_ms_p50 == 1000


def test_tokens_stand_for_a_cost_that_is_unknown() -> None:
    llm = [llm_line(case, WEAK, cost_usd=None if n else 0.1) for n, case in enumerate(FOUR)]
    found = a_threshold_report(EMBEDDED, llm)
    assert (found.cost_unit, found.llm.cost_per_1000) == ("tokens", 2_000_000)
    priced = a_threshold_report(EMBEDDED, llm, cost_usd=0.003)
    assert priced.cost_unit == "usd"
    assert priced.llm.cost_per_1000 == pytest.approx(3)


@pytest.mark.parametrize(("priced", "unit", "cost"), [(True, "usd", 2), (False, "tokens", 4000)])
def test_a_grade_whose_cost_nobody_wrote_down_counts_as_the_others_do(
    priced: bool, unit: str, cost: float
) -> None:
    five = CASES[:5]
    fresh = [(1, 100), (1, 200), (4, 900)]
    llm = [
        *(
            llm_line(
                case, WEAK, cost_usd=n / 1000 if priced else None, tokens=n, latency_ms=latency_ms
            )
            for case, (n, latency_ms) in zip(five, fresh, strict=False)
        ),
        llm_line(five[3], GOOD, cached=True),
        llm_line(five[4], Reason.REFUSED),
    ]
    found = a_threshold_report([embedded_line(case, WEAK) for case in five], llm)
    assert (found.cost_unit, found.unrecorded) == (unit, 2)
    assert found.llm.cost_per_1000 == pytest.approx(cost)  # 2 for each: the mean of 1, 1 and 4
    assert found.llm.latency_ms_p50 == 200


def test_where_nothing_was_written_down_cost_and_time_are_unknown() -> None:
    found = a_threshold_report(EMBEDDED, [llm_line(case, WEAK, cached=True) for case in FOUR])
    assert (found.cost_unit, found.llm.cost_per_1000, found.unrecorded) == (None, None, 4)
    assert found.llm.latency_ms_p50 is None and found.embedded.latency_ms_p50 == 10


def test_an_answer_without_letters_costs_nothing_at_any_threshold() -> None:
    case = a_case("letterless", verdict=UNANSWERED, answer="...")
    first = [*EMBEDDED[:1], embedded_line(case, UNANSWERED, None, latency_ms=0)]
    free = llm_line(case, UNANSWERED, cost_usd=0.0, latency_ms=0, tokens=0)
    found = a_threshold_report(first, [LLM[0], free])
    assert found.llm.asked == found.points[-1].figures.asked == 0.5
    assert found.llm.cost_per_1000 == found.points[-1].figures.cost_per_1000 == pytest.approx(1)


def test_repeats_of_a_case_are_one_case_by_their_mean() -> None:
    case, other = FOUR[:2]
    llm = [
        llm_line(case, GOOD, cost_usd=0.001),
        llm_line(case, WEAK, cost_usd=0.002, repeat=1),
        llm_line(case, Reason.REFUSED, repeat=2),
        llm_line(case, GOOD, cost_usd=0.003, repeat=3),
        *(llm_line(other, WEAK, cost_usd=0.002, repeat=n) for n in range(4)),
    ]
    found = a_threshold_report(EMBEDDED[:2], llm)
    assert (found.cases, found.llm.accuracy.n) == (2, 2)
    assert found.llm.accuracy.value == pytest.approx((0.5 + 1) / 2)
    assert found.llm.ungraded == pytest.approx(0.125)
    assert found.llm.cost_per_1000 == pytest.approx(2)


def test_where_no_model_answered_the_embedded_grade_stands_if_it_may() -> None:
    llm = [*LLM[:2], llm_line(FOUR[2], Reason.MODEL_UNAVAILABLE), llm_line(FOUR[3], Reason.REFUSED)]
    kept, left = (a_threshold_report(EMBEDDED, llm, keep_unsure=keep) for keep in (True, False))
    assert (kept.stood_in, kept.llm.ungraded, kept.llm.accuracy.value) == (1, 0.25, 0.75)
    assert (left.stood_in, left.llm.ungraded, left.llm.accuracy.value) == (0, 0.5, 0.5)


def test_an_assumed_llm_is_right_as_often_everywhere_and_that_is_no_measurement() -> None:
    flagged = embedded_line(FOUR[3], WEAK, 1.0, flags=(Flag.RECITED_PLAYBOOK,))
    found = a_threshold_report([*EMBEDDED[:3], flagged], None, accuracy=0.8, cost_usd=0.002)
    first, *_, last = found.points
    assert first.figures.accuracy.value == pytest.approx(0.75 * 1 + 0.25 * 0.8)
    assert first.figures.accuracy.low < first.figures.accuracy.value
    assert first.figures.asked == 0.25 and first.figures.cost_per_1000 == pytest.approx(0.5)
    for figures in (last.figures, found.llm):
        accuracy = figures.accuracy
        assert (accuracy.low, accuracy.value, accuracy.high) == pytest.approx((0.8, 0.8, 0.8))
        assert (figures.harms, figures.latency_ms_p50) == ({}, None)
    assert found.embedded.harms["passed_a_weak_answer"]
    free = a_threshold_report(EMBEDDED, None, accuracy=0.8)
    assert (free.cost_unit, free.llm.cost_per_1000) == (None, None)
