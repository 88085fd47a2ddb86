"""Thresholds: every one that can be told apart, as short as it can be written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.threshold.sweep import Sweep

CONFIDENCE = st.integers(0, 10_000).map(lambda n: n / 10_000)
SURENESS = st.lists(CONFIDENCE | st.sampled_from([np.inf, -np.inf]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("sureness", "thresholds"),
    [
        ([0.6837, 0.7012], [0, 0.7, 1]),
        ([0.6837, 0.6839], [0, 0.6839, 1]),
        ([0.29, 0.57, 0.58], [0, 0.5, 0.58, 1]),
        ([0.0, 0.4], [0, 0.4, 1]),
        ([1.0, 0.99], [0, 1]),
        ([1.0, 1.0], [0]),
        ([np.inf, -np.inf], [0]),
        ([0.00001, 0.5], [0, 0.5, 1]),
        ([0.0, 0.00001], [0, 0.00001, 1]),
    ],
)
def test_a_threshold_has_as_few_digits_as_keep_the_same_cases(
    sureness: list[float], thresholds: list[float]
) -> None:
    found = Sweep.over(np.array(sureness)).thresholds.tolist()
    assert found == thresholds


@given(SURENESS, CONFIDENCE)
def test_whatever_a_threshold_keeps_some_point_keeps_and_no_two_keep_the_same(
    sureness: list[float], threshold: float
) -> None:
    values = np.array(sureness)
    sweep = Sweep.over(values)
    kept = [tuple(values >= one) for one in sweep.thresholds]
    assert tuple(values >= threshold) in kept
    assert [sum(one) for one in kept] == sweep.kept.tolist()
    assert sorted(sweep.thresholds.tolist()) == sweep.thresholds.tolist()
    assert len(set(kept)) == len(kept)
    assert sweep.thresholds[0] == 0 and sweep.thresholds[-1] <= 1


@given(SURENESS)
def test_totals_are_the_sums_of_what_is_kept_and_what_is_asked(sureness: list[float]) -> None:
    values = np.array(sureness)
    chance = np.random.default_rng(len(values))
    kept, asked = chance.random(len(values)), chance.random(len(values))
    sweep = Sweep.over(values)
    by_hand = [np.where(values >= one, kept, asked).sum() for one in sweep.thresholds]
    assert sweep.sum_at_each(kept, asked) == pytest.approx(by_hand)
