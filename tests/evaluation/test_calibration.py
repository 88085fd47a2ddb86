"""Calibration, held against scikit-learn and an obvious loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import brier_score_loss

from service.evaluation.metrics.calibration import (
    compute_accuracy_at,
    compute_brier,
    compute_calibration_error,
    fill_bins,
    trace_coverage,
)

Array = NDArray[np.float64]
GRADES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def arrays(grades: list[tuple[float, bool]]) -> tuple[Array, Array, Array]:
    confidence, right = (np.array(side, dtype=float) for side in zip(*grades, strict=True))
    return confidence, right, np.ones((1, len(right)))


@given(GRADES)
def test_the_calibration_error_is_the_mean_gap_over_ten_bins(
    grades: list[tuple[float, bool]],
) -> None:
    gap = 0.0
    for number in range(10):
        inside = [(c, r) for c, r in grades if min(int(c * 10), 9) == number]
        gap += abs(sum(c for c, _ in inside) - sum(r for _, r in inside))
    confidence, right, once = arrays(grades)
    found = compute_calibration_error(confidence, right, once)
    assert found[0] == pytest.approx(gap / len(grades))


@given(GRADES)
def test_the_brier_score_is_scikit_learns(grades: list[tuple[float, bool]]) -> None:
    confidence, right, once = arrays(grades)
    theirs = brier_score_loss(right, confidence, pos_label=1, labels=[0, 1])
    assert compute_brier(confidence, right, once)[0] == pytest.approx(theirs)


@given(GRADES)
def test_bins_hold_every_grade_once(grades: list[tuple[float, bool]]) -> None:
    confidence, right, _ = arrays(grades)
    bins = fill_bins(confidence, right)
    assert sum(one.n for one in bins) == len(grades)
    assert sum(one.n * one.accuracy.value for one in bins) == pytest.approx(right.sum())
    assert sum(one.n * one.mean_confidence for one in bins) == pytest.approx(confidence.sum())


def test_drawing_a_grade_twice_counts_it_twice() -> None:
    confidence, right = np.array([0.9, 0.3]), np.array([1.0, 1.0])
    draws = np.array([[2.0, 0.0], [1.0, 1.0]])
    assert compute_calibration_error(confidence, right, draws) == pytest.approx([0.1, 0.4])
    assert compute_brier(confidence, right, draws) == pytest.approx([0.01, 0.25])


def test_the_coverage_curve_takes_the_surest_first_and_equals_together() -> None:
    confidence, right = np.array([0.9, 0.5, 0.9, 0.7]), np.array([1.0, 0.0, 0.0, 1.0])
    points = trace_coverage(confidence, right)
    assert [(p.coverage, round(p.accuracy, 3)) for p in points] == [
        (0.5, 0.5),
        (0.75, 0.667),
        (1.0, 0.5),
    ]


@pytest.mark.parametrize(
    ("confidence", "accuracy"),
    [([0.9, 0.8, 0.2, 0.1], 1.0), ([0.1, 0.2, 0.8, 0.9], 0.0), ([0.5, 0.5, 0.5, 0.5], 0.5)],
)
def test_the_surest_half_is_told_whatever_the_order(
    confidence: list[float], accuracy: float
) -> None:
    assert (
        compute_accuracy_at(0.5, np.array(confidence), np.array([1.0, 1.0, 0.0, 0.0])) == accuracy
    )


def test_half_of_one_grade_is_none() -> None:
    assert compute_accuracy_at(0.5, np.array([0.9]), np.array([1.0])) is None


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_a_confidence_that_is_no_share_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        fill_bins(np.array([0.5, confidence]), np.ones(2))


def test_a_draw_without_a_grade_has_no_calibration() -> None:
    confidence, right, draws = np.array([0.5]), np.ones(1), np.array([[0.0], [1.0]])
    for figure in (compute_calibration_error, compute_brier):
        assert np.isnan(figure(confidence, right, draws)).tolist() == [True, False]


def test_no_grades_have_neither_bins_nor_a_curve_nor_a_surest_part() -> None:
    none = np.array([])
    assert (fill_bins(none, none), trace_coverage(none, none)) == ((), ())
    assert compute_accuracy_at(1.0, none, none) is None


@given(GRADES)
def test_where_all_are_kept_their_accuracy_is_the_whole(grades: list[tuple[float, bool]]) -> None:
    confidence, right, _ = arrays(grades)
    assert compute_accuracy_at(1.0, confidence, right) == pytest.approx(right.mean())
    last = trace_coverage(confidence, right)[-1]
    assert (last.coverage, last.accuracy) == pytest.approx((1.0, right.mean()))


@pytest.mark.parametrize("kept", [7, 14, 28, 29, 55, 57, 58])
def test_a_coverage_keeps_as_many_of_a_hundred_as_it_says(kept: int) -> None:
    confidence = np.linspace(1, 0, 100)
    right = (np.arange(100) == kept - 1).astype(float)  # only the last one kept is right
    assert compute_accuracy_at(kept / 100, confidence, right) == pytest.approx(1 / kept)


@pytest.mark.parametrize("coverage", [-0.1, 1.5])
def test_a_coverage_beyond_all_is_refused(coverage: float) -> None:
    with pytest.raises(ValueError, match="is not from 0 to 1"):
        compute_accuracy_at(coverage, np.array([0.5]), np.ones(1))
