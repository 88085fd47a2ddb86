"""The cost of a case for each judge of a cascade: money or tokens, and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.threshold.paired_runs import CasePair
from service.judging.models import Provenance

__all__ = ["CaseCosts", "CostUnit", "assume_cost", "read_embedded_cost", "read_llm_cost"]

CostUnit = Literal["usd", "tokens"]


@dataclass(frozen=True)
class CaseCosts:
    """A judge's costs, a number for each case: US dollars or tokens, and milliseconds.

    None if they are unknown. `unrecorded` counts the grades without a recorded cost of their own.
    """

    cost: NDArray[np.float64] | None
    unit: CostUnit | None
    latency_ms: NDArray[np.float64] | None
    unrecorded: int = 0


def read_embedded_cost(pairs: Sequence[CasePair]) -> CaseCosts:
    """Read the times of the embedded judge's run; its grades cost nothing."""
    given = [pair.embedded.given for pair in pairs]
    times = [float(one.judge.latency_ms) if one else 0.0 for one in given]
    return CaseCosts(np.zeros(len(pairs)), "usd", np.array(times))


def assume_cost(pairs: Sequence[CasePair], cost_usd: float | None) -> CaseCosts:
    """Assume one price in US dollars for each grade of the LLM; unknown if it is None."""
    if cost_usd is None:
        return CaseCosts(None, None, None)
    return CaseCosts(
        np.array([0.0 if pair.is_letterless else cost_usd for pair in pairs]), "usd", None
    )


def read_llm_cost(pairs: Sequence[CasePair], cost_usd: float | None) -> CaseCosts:
    """Read the costs that the LLM's run recorded; repeats of a case count by their mean.

    A grade from the cache and an ungraded case count with the mean cost and the median time of the
    others. If some price is unknown, costs are in tokens, unless `cost_usd` gives the price of one
    grade. Raises ConfigurationError if it is given although every price is known.
    """
    asked = [result for pair in pairs if not pair.is_letterless for result in pair.llm]
    fresh = [judge for result in asked if (judge := _find_recorded(result))]
    priced = bool(fresh) and all(judge.cost_usd is not None for judge in fresh)
    if priced and cost_usd is not None:
        raise ConfigurationError(
            "the LLM's run recorded what each grade cost; leave --llm-cost-usd out"
        )
    latency_ms = _compute_each(pairs, lambda judge: judge.latency_ms, median, fresh)
    unrecorded = len(asked) - len(fresh)
    if cost_usd is not None:
        assumed = assume_cost(pairs, cost_usd)
        return CaseCosts(assumed.cost, "usd", latency_ms, unrecorded)
    if priced:
        cost = _compute_each(pairs, lambda judge: judge.cost_usd or 0.0, fmean, fresh)
        return CaseCosts(cost, "usd", latency_ms, unrecorded)
    tokens = (
        _compute_each(pairs, _count_tokens, fmean, fresh)
        if any(map(_count_tokens, fresh))
        else None
    )
    return CaseCosts(tokens, None if tokens is None else "tokens", latency_ms, unrecorded)


def _find_recorded(result: CaseResult) -> Provenance | None:
    if result.given is None or result.given.judge.cached:
        return None
    return result.given.judge


def _count_tokens(judge: Provenance) -> float:
    return judge.usage.input_tokens + judge.usage.output_tokens


def _compute_each(
    pairs: Sequence[CasePair],
    value_of: Callable[[Provenance], float],
    middle: Callable[[list[float]], float],
    fresh: Sequence[Provenance],
) -> NDArray[np.float64] | None:
    """Compute a value for each case: `middle` of all stands in for a result without one.

    None if no result has a value.
    """
    if not fresh:
        return None
    usual = middle([value_of(judge) for judge in fresh])

    def value(result: CaseResult) -> float:
        judge = _find_recorded(result)
        return value_of(judge) if judge else usual

    return np.array([0.0 if pair.is_letterless else fmean(map(value, pair.llm)) for pair in pairs])
