"""Statistics of an evaluation: agreement, 95 % intervals and paired tests, as pure functions."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import FiniteFloat

from service.records import Frozen

__all__ = [
    "Estimate",
    "compute_f1_by_class",
    "compute_kappa",
    "compute_macro_f1",
    "compute_mcnemar",
    "compute_question_losses",
    "draw_resamples",
    "estimate_difference",
    "estimate_from_draws",
    "estimate_share",
    "estimate_share_if_any",
]

Array = NDArray[np.float64]

_Z = 1.959963984540054  # the normal distribution's 97.5 % point
_RESAMPLES = 2000
_PERMUTATIONS = 5000


class Estimate(Frozen):
    """A figure with its 95 % interval, from `n` observations."""

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
    n: FiniteFloat


def estimate_share_if_any(hits: float, n: float) -> Estimate | None:
    """Estimate a share with Wilson's score interval, see `estimate_share`; None if `n` is 0."""
    return estimate_share(hits, n) if n else None


def estimate_share(hits: float, n: float) -> Estimate:
    """Estimate a share, 0 to 1, with its score interval (Wilson 1927).

    Fractions of an observation are allowed. Raises ValueError unless 0 <= hits <= n and n > 0.
    """
    if not (n > 0 and 0 <= hits <= n):
        raise ValueError(f"{hits} of {n} is not a share")
    share = hits / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Estimate(value=share, low=min(low, share), high=max(high, share), n=n)


def compute_f1_by_class(confusion: ArrayLike) -> Array:
    """Compute F1 of each class from counts (..., K, K), rows expected; 0 if it never occurs."""
    counts = np.asarray(confusion, dtype=float)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    occurs = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.asarray(
        np.divide(2 * right, occurs, out=np.zeros_like(right, dtype=float), where=occurs > 0)
    )


def compute_macro_f1(confusion: ArrayLike) -> Array:
    """Compute the mean F1 over the classes that are expected or given, for counts (..., K, K).

    Equals scikit-learn's `f1_score(average="macro", zero_division=0)`; 0 without observations.
    """
    counts = np.asarray(confusion, dtype=float)
    occurs = (counts.sum(axis=-1) + counts.sum(axis=-2)) > 0
    scores = compute_f1_by_class(counts).sum(axis=-1)
    return np.asarray(scores / np.maximum(occurs.sum(axis=-1), 1))


def compute_kappa(confusion: ArrayLike) -> Array:
    """Compute Cohen's kappa with quadratic weights (Cohen 1968), classes in order, for (..., K, K).

    NaN if chance alone would never disagree, because kappa means nothing then.
    """
    counts = np.asarray(confusion, dtype=float)
    places = np.arange(counts.shape[-1])
    weights = (places[:, None] - places[None, :]) ** 2
    n = counts.sum(axis=(-2, -1))
    expected = counts.sum(axis=-1)[..., :, None] * counts.sum(axis=-2)[..., None, :]
    observed_loss = (weights * counts).sum(axis=(-2, -1)) * n
    chance_loss = (weights * expected).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(chance_loss > 0, 1 - observed_loss / chance_loss, np.nan))


def draw_resamples(
    n: int, *, groups: Sequence[str] | None = None, resamples: int = _RESAMPLES, seed: int = 0
) -> Array:
    """Draw how often each of `n` observations counts, (resamples, n), for a bootstrap (Efron 1979).

    Observations of one group, such as the repeats of one case, are drawn together. Raises
    ValueError unless there is one group for each observation.
    """
    names, members = np.unique(groups if groups is not None else np.arange(n), return_inverse=True)
    if len(members) != n:
        raise ValueError(f"{len(members)} groups for {n} observations")
    size = len(names)
    if not size:
        return np.zeros((resamples, 0))
    drawn = np.random.default_rng(seed).integers(size, size=(resamples, size))
    cells = (drawn + size * np.arange(resamples)[:, None]).ravel()
    counts = np.bincount(cells, minlength=resamples * size).reshape(resamples, size)
    return np.asarray(counts[:, members], dtype=float)


def estimate_from_draws(value: ArrayLike, draws: ArrayLike, n: float) -> Estimate:
    """Estimate a figure with the percentile interval of its draws (Efron 1979).

    The interval is widened to contain the figure, and undefined draws (NaN) are left out. Raises
    ValueError if all draws are undefined, or the figure itself is.
    """
    point, drawn = float(np.asarray(value)), np.asarray(draws, dtype=float)
    defined = drawn[~np.isnan(drawn)]
    if not len(defined):
        raise ValueError("the figure is undefined in every draw, so it has no interval")
    low, high = np.percentile(defined, [2.5, 97.5])
    return Estimate(value=point, low=min(float(low), point), high=max(float(high), point), n=n)


def estimate_difference(base: Array, new: Array, *, seed: int = 0) -> Estimate:
    """Estimate the mean of `new` minus that of `base`, with a bootstrap interval over the pairs.

    Raises ValueError if there is no case, or if one side has more of them.
    """
    if not len(base) or len(base) != len(new):
        raise ValueError(f"{len(base)} base and {len(new)} new cases are not pairs")
    change = np.asarray(new, dtype=float) - np.asarray(base, dtype=float)
    draws = draw_resamples(len(change), seed=seed) @ change / len(change)
    return estimate_from_draws(change.mean(), draws, len(change))


def compute_mcnemar(only_base_right: int, only_new_right: int) -> float:
    """Compute the exact two-sided p value of McNemar's test (1947): a coin for each changed case.

    1.0 if nothing changed. Raises ValueError for a negative count.
    """
    changed, fewer = only_base_right + only_new_right, min(only_base_right, only_new_right)
    if fewer < 0:
        raise ValueError(f"{fewer} cases can't have changed")
    ways = at_k = 1
    for k in range(fewer):  # whole numbers: a float overflows at a thousand changed cases
        at_k = at_k * (changed - k) // (k + 1)
        ways += at_k
    return min(1.0, 2 * ways / (1 << changed))


def compute_question_losses(
    questions: Sequence[str], changes: Sequence[int], *, seed: int = 0
) -> dict[str, float]:
    """Compute for each question how likely chance puts so great a net loss on any one question.

    `changes` has -1 for a case that is newly wrong, 1 for one that is newly right, 0 otherwise. If
    only chance is at work, the changes fall on cases of any question alike. Comparing with the
    greatest net loss of each permutation corrects for looking at every question (Westfall & Young
    1993). The p values are one-sided, and the order of the cases makes no difference. Empty without
    cases. Raises ValueError unless each case has one question and one change.
    """
    if len(questions) != len(changes):
        raise ValueError(f"{len(questions)} questions for {len(changes)} changes")
    if not len(questions):
        return {}
    names, members = np.unique(questions, return_inverse=True)
    losses = -np.asarray(changes, dtype=float)
    observed = np.bincount(members, weights=losses)
    belongs = np.eye(len(names))[np.sort(members)]
    chance = np.random.default_rng(seed)
    permuted = chance.permuted(np.tile(np.sort(losses), (_PERMUTATIONS, 1)), axis=1)
    greatest = (permuted @ belongs).max(axis=1)
    reached = (greatest[:, None] >= observed[None, :]).sum(axis=0)
    p_values = (reached + 1) / (_PERMUTATIONS + 1)
    return {str(name): float(p) for name, p in zip(names, p_values, strict=True)}
