"""What each judge of a cascade takes for a case: money or tokens, and time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from service.errors import ConfigurationError
from service.evaluation.runs.run import Line
from service.evaluation.threshold.paired_runs import CasePair
from service.judging.models import Provenance

__all__ = ["CostUnit", "Taken", "assumed_taken", "embedded_taken", "llm_taken"]

CostUnit = Literal["usd", "tokens"]


@dataclass(frozen=True)
class Taken:
    """A number for each case: cost in US dollars or tokens, time in milliseconds.

    None where unknown; `unrecorded` counts the grades whose own figures nobody wrote down.
    """

    cost: NDArray[np.float64] | None
    unit: CostUnit | None
    latency_ms: NDArray[np.float64] | None
    unrecorded: int = 0


def embedded_taken(pairs: Sequence[CasePair]) -> Taken:
    """Time alone: the embedded judge costs nothing."""
    given = [pair.embedded.given for pair in pairs]
    times = [float(one.judge.latency_ms) if one else 0.0 for one in given]
    return Taken(np.zeros(len(pairs)), "usd", np.array(times))


def assumed_taken(pairs: Sequence[CasePair], cost_usd: float | None) -> Taken:
    """One price for each grade, in US dollars."""
    if cost_usd is None:
        return Taken(None, None, None)
    return Taken(np.array([0.0 if pair.is_letterless else cost_usd for pair in pairs]), "usd", None)


def llm_taken(pairs: Sequence[CasePair], cost_usd: float | None) -> Taken:
    """What the LLM's run recorded, repeats of a case by their mean.

    A grade from the cache and an ungraded case count with the mean cost and the median time of the
    others. The cost is in tokens where some price is unknown, unless `cost_usd` gives the dollars
    of one grade; ConfigurationError where it is given though no price is unknown.
    """
    asked = [line for pair in pairs if not pair.is_letterless for line in pair.llm]
    fresh = [judge for line in asked if (judge := _recorded(line))]
    priced = bool(fresh) and all(judge.cost_usd is not None for judge in fresh)
    if priced and cost_usd is not None:
        raise ConfigurationError(
            "the LLM's run recorded what each grade cost; leave --llm-cost-usd out"
        )
    latency_ms = _each(pairs, lambda judge: judge.latency_ms, median, fresh)
    unrecorded = len(asked) - len(fresh)
    if cost_usd is not None:
        assumed = assumed_taken(pairs, cost_usd)
        return Taken(assumed.cost, "usd", latency_ms, unrecorded)
    if priced:
        cost = _each(pairs, lambda judge: judge.cost_usd or 0.0, fmean, fresh)
        return Taken(cost, "usd", latency_ms, unrecorded)
    tokens = _each(pairs, _tokens, fmean, fresh) if any(map(_tokens, fresh)) else None
    return Taken(tokens, None if tokens is None else "tokens", latency_ms, unrecorded)


def _recorded(line: Line) -> Provenance | None:
    return line.given.judge if line.given and not line.given.judge.cached else None


def _tokens(judge: Provenance) -> float:
    return judge.usage.input_tokens + judge.usage.output_tokens


def _each(
    pairs: Sequence[CasePair],
    value_of: Callable[[Provenance], float],
    middle: Callable[[list[float]], float],
    fresh: Sequence[Provenance],
) -> NDArray[np.float64] | None:
    """A value for each case, the middle of all where a line has none; None where no line has."""
    if not fresh:
        return None
    usual = middle([value_of(judge) for judge in fresh])

    def value(line: Line) -> float:
        judge = _recorded(line)
        return value_of(judge) if judge else usual

    return np.array([0.0 if pair.is_letterless else fmean(map(value, pair.llm)) for pair in pairs])
