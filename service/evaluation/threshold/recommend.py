"""Which threshold to set, and what it is worth on cases it was not chosen on."""

import numpy as np
from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.metrics.statistics import Estimate
from service.evaluation.threshold.outcomes import Array, Paired
from service.evaluation.threshold.sweep import Sweep
from service.evaluation.threshold.threshold_figures import (
    Against,
    accuracy_of,
    against,
    asked_share,
    cost_per_1000,
)
from service.records import Frozen

__all__ = ["CrossFitted", "Rule", "choose", "cross_fitted"]

SPLITS = 200
_ROUNDING = 1e-9  # sums of the same numbers in another order differ by less


class Rule(Frozen):
    """The cheapest threshold whose accuracy is at most `margin` below the best there is.

    `max_cost_usd` leaves out what costs more US dollars for 1,000 answers.
    """

    margin: float = Field(0.01, ge=0, le=1)
    max_cost_usd: float | None = Field(None, ge=0)


class CrossFitted(Frozen):
    """What the rule reaches on cases that its threshold was not chosen on.

    In each of `splits` seeded splits it chooses on one half of the cases and is measured on the
    other, both ways round; a case counts by its mean. `thresholds` are the 10 %, 50 % and 90 %
    points of those chosen.
    """

    splits: int
    accuracy: Estimate
    against: Against
    asked: float
    cost_per_1000: float | None
    thresholds: tuple[float, float, float]


def choose(paired: Paired, sweep: Sweep, rule: Rule) -> tuple[int, int]:
    """Places of the recommended and of the best threshold; the cheapest of equally good ones.

    The best may cost more than the rule allows. ConfigurationError where every threshold does, or
    where the LLM's cost in US dollars is unknown.
    """
    everywhere = np.ones(len(paired.sureness))
    if rule.max_cost_usd is not None:
        _check_budget(paired, sweep, rule.max_cost_usd)
    best = _place(paired, sweep, Rule(margin=0), everywhere)
    return _place(paired, sweep, rule, everywhere), best


def cross_fitted(paired: Paired, sweep: Sweep, rule: Rule, *, seed: int = 0) -> CrossFitted:
    """The rule on halves of the cases; ConfigurationError of fewer than two cases."""
    n, chance = len(paired.sureness), np.random.default_rng(seed)
    if n < 2:
        raise ConfigurationError("a threshold can't be chosen on one case; grade more of them")
    kept, chosen = np.zeros(n), []
    for _ in range(SPLITS):
        half = np.zeros(n)
        half[chance.permutation(n)[: n // 2]] = 1
        for on in (half, 1 - half):
            threshold = sweep.thresholds[_place(paired, sweep, rule, on)]
            kept += (1 - on) * (paired.sureness >= threshold)
            chosen.append(float(threshold))
    kept /= SPLITS
    low, middle, high = np.percentile(chosen, [10, 50, 90], method="nearest").tolist()
    return CrossFitted(
        splits=SPLITS,
        accuracy=accuracy_of(paired, kept),
        against=against(paired, kept),
        asked=asked_share(kept),
        cost_per_1000=cost_per_1000(paired, kept),
        thresholds=(low, middle, high),
    )


def _place(paired: Paired, sweep: Sweep, rule: Rule, counted: Array) -> int:
    """The threshold that the rule chooses on the cases that count.

    A higher threshold keeps less and so never costs less: the cheapest is the lowest, also where
    a half of the cases has nothing that is cheap enough.
    """
    right = sweep.totals(counted * paired.embedded.right, counted * paired.llm.right)
    right = right / counted.sum()
    if rule.max_cost_usd is not None and paired.llm.cost is not None:
        costs = sweep.totals(np.zeros(len(counted)), counted * paired.llm.cost)
        dear = costs * 1000 / counted.sum() > rule.max_cost_usd + _ROUNDING
        right = np.where(dear, -np.inf, right)
    return int(np.argmax(right >= right.max() - rule.margin - _ROUNDING))


def _check_budget(paired: Paired, sweep: Sweep, max_cost_usd: float) -> None:
    if paired.cost_unit != "usd" or paired.llm.cost is None:
        raise ConfigurationError(
            "--max-cost is in US dollars, and what the LLM costs is unknown; "
            "give the price of one grade with --llm-cost-usd"
        )
    lowest = cost_per_1000(paired, (paired.sureness >= sweep.thresholds[0]).astype(float)) or 0.0
    if lowest > max_cost_usd + _ROUNDING:
        raise ConfigurationError(
            f"--max-cost {max_cost_usd:g}: no threshold costs less than ${lowest:.4g} for 1,000 "
            "answers, since flagged answers always go to the LLM; allow more, or use the embedded "
            "judge alone"
        )
