"""Recommend a threshold, and measure it on cases that it was not chosen on."""

import numpy as np
from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.metrics.statistics import Estimate
from service.evaluation.threshold.judge_results import Array, BothJudges
from service.evaluation.threshold.sweep import Sweep
from service.evaluation.threshold.threshold_figures import (
    AccuracyDifferences,
    compute_asked_share,
    compute_cost_per_1000,
    estimate_accuracy,
    measure_differences,
)
from service.records import Frozen

__all__ = ["CrossFit", "ThresholdRule", "choose_threshold", "cross_fit"]

SPLITS = 200
_ROUNDING = 1e-9  # sums of the same numbers in another order differ by less


class ThresholdRule(Frozen):
    """The rule: take the cheapest threshold whose accuracy is at most `margin` below the best.

    Thresholds that cost more than `max_cost_usd` US dollars for 1,000 answers are left out.
    """

    margin: float = Field(0.01, ge=0, le=1)
    max_cost_usd: float | None = Field(None, ge=0)


class CrossFit(Frozen):
    """The figures of the rule on cases that its threshold was not chosen on.

    In each of `splits` seeded splits the rule chooses on one half of the cases and is measured on
    the other, both ways round; a case counts by its mean. `thresholds` are the 10 %, 50 % and 90 %
    points of those chosen.
    """

    splits: int
    accuracy: Estimate
    against: AccuracyDifferences
    asked: float
    cost_per_1000: float | None
    thresholds: tuple[float, float, float]


def choose_threshold(both: BothJudges, sweep: Sweep, rule: ThresholdRule) -> tuple[int, int]:
    """Return the indices of the recommended and of the best threshold in the sweep.

    Of equally good ones the cheapest is taken. The best may cost more than the rule allows. Raises
    ConfigurationError if every threshold does, or if there is a limit and the LLM's cost in US
    dollars is unknown.
    """
    everywhere = np.ones(len(both.sureness))
    if rule.max_cost_usd is not None:
        _check_budget(both, sweep, rule.max_cost_usd)
    best = _find_threshold(both, sweep, ThresholdRule(margin=0), everywhere)
    return _find_threshold(both, sweep, rule, everywhere), best


def cross_fit(both: BothJudges, sweep: Sweep, rule: ThresholdRule, *, seed: int = 0) -> CrossFit:
    """Apply the rule to halves of the cases; ConfigurationError for fewer than two cases."""
    n, chance = len(both.sureness), np.random.default_rng(seed)
    if n < 2:
        raise ConfigurationError("a threshold can't be chosen on one case; grade more of them")
    kept, chosen = np.zeros(n), []
    for _ in range(SPLITS):
        half = np.zeros(n)
        half[chance.permutation(n)[: n // 2]] = 1
        for on in (half, 1 - half):
            threshold = sweep.thresholds[_find_threshold(both, sweep, rule, on)]
            kept += (1 - on) * (both.sureness >= threshold)
            chosen.append(float(threshold))
    kept /= SPLITS
    low, middle, high = np.percentile(chosen, [10, 50, 90], method="nearest").tolist()
    return CrossFit(
        splits=SPLITS,
        accuracy=estimate_accuracy(both, kept),
        against=measure_differences(both, kept),
        asked=compute_asked_share(kept),
        cost_per_1000=compute_cost_per_1000(both, kept),
        thresholds=(low, middle, high),
    )


def _find_threshold(both: BothJudges, sweep: Sweep, rule: ThresholdRule, counted: Array) -> int:
    """Return the index of the threshold that the rule chooses on the cases that count."""
    # A higher threshold keeps less and so never costs less: the cheapest is the lowest. That holds
    # too if a half of the cases has no threshold that is cheap enough.
    right = sweep.sum_at_each(counted * both.embedded.right, counted * both.llm.right)
    right = right / counted.sum()
    if rule.max_cost_usd is not None and both.llm.cost is not None:
        costs = sweep.sum_at_each(np.zeros(len(counted)), counted * both.llm.cost)
        dear = costs * 1000 / counted.sum() > rule.max_cost_usd + _ROUNDING
        right = np.where(dear, -np.inf, right)
    return int(np.argmax(right >= right.max() - rule.margin - _ROUNDING))


def _check_budget(both: BothJudges, sweep: Sweep, max_cost_usd: float) -> None:
    if both.cost_unit != "usd" or both.llm.cost is None:
        raise ConfigurationError(
            "--max-cost is in US dollars, and what the LLM costs is unknown; "
            "give the price of one grade with --llm-cost-usd"
        )
    lowest = (
        compute_cost_per_1000(both, (both.sureness >= sweep.thresholds[0]).astype(float)) or 0.0
    )
    if lowest > max_cost_usd + _ROUNDING:
        raise ConfigurationError(
            f"--max-cost {max_cost_usd:g}: no threshold costs less than ${lowest:.4g} for 1,000 "
            "answers, since flagged answers always go to the LLM; allow more, or use the embedded "
            "judge alone"
        )
