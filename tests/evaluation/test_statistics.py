"""Statistics held against scipy, statsmodels and scikit-learn on fixed and generated inputs."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, f1_score
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.proportion import proportion_confint

from service.evaluation.metrics.statistics import (
    compute_f1_by_class,
    compute_kappa,
    compute_macro_f1,
    compute_mcnemar,
    compute_question_losses,
    draw_resamples,
    estimate_difference,
    estimate_from_draws,
    estimate_share_if_any,
)

pytestmark = pytest.mark.slow

CLASSES = [0, 1, 2, 3]
PAIRS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1)


def confusion_of(pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    counts = np.zeros((4, 4))
    for expected, given_class in pairs:
        counts[expected, given_class] += 1
    return counts


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_have_wilsons_interval(counts: tuple[int, int]) -> None:
    hits, n = counts
    found = estimate_share_if_any(hits, n)
    low, high = proportion_confint(hits, n, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_no_observations_have_no_share() -> None:
    assert estimate_share_if_any(0, 0) is None


@given(PAIRS)
def test_f1_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    expected, given_classes = zip(*pairs, strict=True)
    each = f1_score(expected, given_classes, labels=CLASSES, average=None, zero_division=0)
    assert compute_f1_by_class(confusion_of(pairs)) == pytest.approx(each)
    occurring = sorted({*expected, *given_classes})
    mean = f1_score(expected, given_classes, labels=occurring, average="macro", zero_division=0)
    assert float(compute_macro_f1(confusion_of(pairs))) == pytest.approx(mean)


@given(PAIRS)
def test_kappa_is_scikit_learns_or_undefined(pairs: list[tuple[int, int]]) -> None:
    expected, given_classes = zip(*pairs, strict=True)
    found = float(compute_kappa(confusion_of(pairs)))
    if len({*expected, *given_classes}) == 1:
        assert np.isnan(found)
        return
    theirs = cohen_kappa_score(expected, given_classes, labels=CLASSES, weights="quadratic")
    assert found == pytest.approx(theirs)


def test_many_confusion_matrices_are_scored_at_once_as_each_alone() -> None:
    counts = np.random.default_rng(1).integers(0, 9, size=(20, 4, 4))
    for figure in (compute_macro_f1, compute_kappa):
        assert figure(counts) == pytest.approx([float(figure(one)) for one in counts])


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_exact(lost: int, won: int) -> None:
    theirs = statsmodels_mcnemar([[0, lost], [won, 0]], exact=True).pvalue
    assert compute_mcnemar(lost, won) == pytest.approx(1.0 if lost == won == 0 else theirs)


def test_mcnemar_of_thousands_of_changes_is_a_number() -> None:
    assert compute_mcnemar(3000, 3000) == 1.0
    assert compute_mcnemar(2000, 3000) == pytest.approx(
        scipy.stats.binomtest(2000, 5000).pvalue, rel=1e-6
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.79])
def test_the_bootstrap_interval_is_scipys(share: float) -> None:
    right = (np.arange(150) < 150 * share).astype(float)
    ours = estimate_from_draws(right.mean(), draw_resamples(150, resamples=9999) @ right / 150, 150)
    theirs = scipy.stats.bootstrap(
        (right,), np.mean, method="percentile", n_resamples=9999, rng=np.random.default_rng(3)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=0.012)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80))
def test_a_paired_difference_is_the_difference_of_the_means(
    rights: list[tuple[bool, bool]],
) -> None:
    base, new = (np.array(side, dtype=float) for side in zip(*rights, strict=True))
    found = estimate_difference(base, new)
    assert found.value == pytest.approx(new.mean() - base.mean())
    assert found.low <= found.value <= found.high
    assert found.low == found.high or (base != new).any()


def test_a_paired_interval_is_scipys() -> None:
    chance = np.random.default_rng(7)
    base, new = chance.random(200) < 0.8, chance.random(200) < 0.7
    ours = estimate_difference(base.astype(float), new.astype(float))
    theirs = scipy.stats.bootstrap(
        (new * 1.0 - base * 1.0,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=0.012)


def test_paired_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    chance = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        base, new = chance.random(150) < 0.8, chance.random(150) < 0.7
        found = estimate_difference(base.astype(float), new.astype(float))
        covered += found.low <= -0.1 <= found.high
    assert 0.90 <= covered / 200 <= 0.99


def test_repeats_of_one_case_are_drawn_together() -> None:
    counts = draw_resamples(6, groups=["a", "a", "b", "b", "c", "c"], resamples=200)
    assert (counts[:, ::2] == counts[:, 1::2]).all()
    assert (counts.sum(axis=1) == 6).all()


def test_every_draw_has_as_many_observations_as_there_are_and_one_seed_repeats() -> None:
    counts = draw_resamples(50, resamples=100, seed=4)
    assert (counts.sum(axis=1) == 50).all()
    assert (counts == draw_resamples(50, resamples=100, seed=4)).all()
    assert (counts != draw_resamples(50, resamples=100, seed=5)).any()


QUESTIONS = [f"q.{n // 6}" for n in range(150)]


def test_losses_on_one_question_are_no_chance_and_name_it() -> None:
    changes = [-1 if n in {60, 61, 62, 63} else 0 for n in range(150)]
    found = compute_question_losses(QUESTIONS, changes)
    assert found["q.10"] < 0.01
    assert min(p for name, p in found.items() if name != "q.10") > 0.9


def test_losses_here_and_there_are_chance() -> None:
    changes = [-1 if n % 20 == 0 else 0 for n in range(150)]
    assert min(compute_question_losses(QUESTIONS, changes).values()) > 0.05


def test_gains_on_a_question_make_up_for_its_losses() -> None:
    changes = [{60: -1, 61: -1, 62: 1, 63: 1}.get(n, 0) for n in range(150)]
    assert compute_question_losses(QUESTIONS, changes)["q.10"] > 0.9


def test_under_chance_alone_some_question_is_accused_one_time_in_twenty() -> None:
    chance = np.random.default_rng(13)
    accused = 0
    for _ in range(100):
        changes = chance.choice([-1, 0, 1], p=[0.06, 0.88, 0.06], size=150).tolist()
        accused += min(compute_question_losses(QUESTIONS, changes).values()) < 0.05
    assert accused <= 11  # of 100, 5 expected


@pytest.mark.parametrize(("hits", "n"), [(3, 2), (-1, 2), (1, -1), (float("nan"), 2)])
def test_what_is_no_share_is_refused(hits: float, n: float) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        estimate_share_if_any(hits, n)


def test_undefined_draws_are_left_out_of_an_interval() -> None:
    draws = np.arange(101) / 100
    whole = estimate_from_draws(0.5, draws, 9)
    assert (whole.low, whole.high) == pytest.approx((0.025, 0.975))
    assert estimate_from_draws(0.5, [np.nan, *draws, np.nan], 9) == whole


@pytest.mark.parametrize(("value", "draws"), [(0.5, [np.nan, np.nan]), (0.5, []), (np.nan, [0.5])])
def test_a_figure_without_a_value_or_a_defined_draw_has_no_interval(
    value: float, draws: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"undefined in every draw|finite number"):
        estimate_from_draws(value, draws, 2)


def test_observations_are_drawn_evenly_and_with_replacement() -> None:
    counts = draw_resamples(20, resamples=20_000)
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.04)
    assert counts.var(axis=0) == pytest.approx(1 - 1 / 20, abs=0.06)
    assert np.corrcoef(counts[:, 0], counts[:, 1])[0, 1] == pytest.approx(-1 / 19, abs=0.03)


def test_no_observations_are_drawn_of_none() -> None:
    assert draw_resamples(0, resamples=5).shape == (5, 0)


@pytest.mark.parametrize("groups", [["a", "b"], ["a", "b", "c", "d"]])
def test_each_observation_needs_one_group(groups: list[str]) -> None:
    with pytest.raises(ValueError, match="groups for 3 observations"):
        draw_resamples(3, groups=groups)


@pytest.mark.parametrize(("base", "new"), [(0, 0), (1, 4), (4, 1)])
def test_a_difference_of_what_is_not_paired_is_refused(base: int, new: int) -> None:
    with pytest.raises(ValueError, match="are not pairs"):
        estimate_difference(np.ones(base), np.ones(new))


@pytest.mark.parametrize(("lost", "won"), [(-1, 2), (2, -1)])
def test_mcnemar_refuses_a_negative_count(lost: int, won: int) -> None:
    with pytest.raises(ValueError, match="can't have changed"):
        compute_mcnemar(lost, won)


def test_the_order_of_the_cases_does_not_move_a_questions_p_value() -> None:
    changes = [-1 if n in {0, 1, 6, 7, 8, 30, 50, 90, 120} else 0 for n in range(150)]
    found = compute_question_losses(QUESTIONS, changes)
    assert 0.001 < found["q.1"] < 0.5 < found["q.0"] < 1  # chance had a say in both
    order = np.random.default_rng(2).permutation(150)
    assert found == compute_question_losses(
        [QUESTIONS[n] for n in order], [changes[n] for n in order]
    )


def test_no_loss_is_called_impossible() -> None:
    changes = [-1 if question == "q.10" else 0 for question in QUESTIONS]
    assert compute_question_losses(QUESTIONS, changes)["q.10"] == 1 / 5001


def test_a_questions_p_value_is_the_share_of_all_orders_that_lose_as_much_on_one() -> None:
    questions, changes = ["a", "a", "a", "b", "b"], [-1, -1, 0, 1, 0]
    orders = [
        max(-(x[0] + x[1] + x[2]), -(x[3] + x[4])) for x in permutations(changes)
    ]  # the greatest net loss of either question
    found = compute_question_losses(questions, changes)
    for question, loss in (("a", 2), ("b", -1)):
        exact = sum(greatest >= loss for greatest in orders) / len(orders)
        assert found[question] == pytest.approx(exact, abs=0.03)


def test_no_cases_have_no_questions_and_uneven_ones_are_refused() -> None:
    assert compute_question_losses([], []) == {}
    with pytest.raises(ValueError, match="2 questions for 1 changes"):
        compute_question_losses(["a", "b"], [0])
