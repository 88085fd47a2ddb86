"""Figures of a cascade that keeps some embedded grades and asks the LLM for the others."""

import numpy as np

from service.evaluation.metrics.statistics import (
    Estimate,
    estimate_difference,
    estimate_share,
    estimate_share_if_any,
)
from service.evaluation.threshold.judge_results import Array, BothJudges
from service.evaluation.threshold.sweep import Sweep
from service.records import Frozen

__all__ = [
    "AccuracyDifferences",
    "CascadeFigures",
    "ThresholdPoint",
    "compute_asked_share",
    "compute_cost_per_1000",
    "estimate_accuracy",
    "measure_differences",
    "measure_embedded_alone",
    "measure_llm_alone",
    "measure_thresholds",
]


class CascadeFigures(Frozen):
    """The figures of one way of grading the cases.

    `accuracy` is the share of all cases given the expected verdict, `asked` the share that the LLM
    is asked about, `ungraded` the share left without a verdict. `harms` are over graded cases, as
    in a run's figures; they are empty if some verdicts are only assumed. The cost is in US dollars
    or tokens for 1,000 answers; cost and time are None if they are unknown.
    """

    accuracy: Estimate
    harms: dict[str, Estimate | None]
    asked: float
    ungraded: float
    cost_per_1000: float | None
    latency_ms_p50: float | None


class ThresholdPoint(Frozen):
    """The figures of the cascade at one threshold."""

    threshold: float
    figures: CascadeFigures


class AccuracyDifferences(Frozen):
    """The accuracy of the cascade minus that of each judge alone, on the same cases."""

    llm: Estimate
    embedded: Estimate


def measure_embedded_alone(both: BothJudges) -> CascadeFigures:
    """Measure the embedded judge on every case."""
    return _measure(both, np.ones(len(both.sureness)))


def measure_llm_alone(both: BothJudges) -> CascadeFigures:
    """Measure the LLM on every case, without the time of the embedded judge."""
    # No judge is asked about an answer without letters, so those cases count as kept here too.
    needless = np.isposinf(both.sureness).astype(float)
    figures = _measure(both, needless)
    times = both.llm.latency_ms
    p50 = None if times is None else float(np.median(times))
    return figures.model_copy(update={"latency_ms_p50": p50})


def measure_thresholds(both: BothJudges, sweep: Sweep) -> tuple[ThresholdPoint, ...]:
    """Measure the cascade at every threshold, lowest first."""
    return tuple(
        ThresholdPoint(
            threshold=threshold,
            figures=_measure(both, (both.sureness >= threshold).astype(float)),
        )
        for threshold in sweep.thresholds.tolist()
    )


def estimate_accuracy(both: BothJudges, kept: Array) -> Estimate:
    """Estimate the share of cases given the expected verdict.

    `kept` is how far each embedded grade is kept, from 0 to 1. Wilson's interval is over all cases.
    If the LLM is assumed, it is over the kept ones alone, because an assumption has no interval.
    """
    hits, n = float(kept @ both.embedded.right), len(kept)
    asked = float((1 - kept) @ both.llm.right)
    if not both.is_assumed:
        return estimate_share(min(hits + asked, n), n)
    total = float(kept.sum())
    own = (
        estimate_share(min(hits, total), total) if total else Estimate(value=0, low=0, high=0, n=0)
    )
    low, value, high = ((total * part + asked) / n for part in (own.low, own.value, own.high))
    return Estimate(value=value, low=low, high=high, n=n)


def measure_differences(both: BothJudges, kept: Array) -> AccuracyDifferences:
    """Measure the paired differences to each judge alone, with bootstrap intervals."""
    right = _mix(kept, both.embedded.right, both.llm.right)
    return AccuracyDifferences(
        llm=estimate_difference(both.llm.right, right),
        embedded=estimate_difference(both.embedded.right, right),
    )


def compute_asked_share(kept: Array) -> float:
    """Compute the share of the answers that the LLM is asked about."""
    return float((1 - kept).mean())


def compute_cost_per_1000(both: BothJudges, kept: Array) -> float | None:
    """Compute US dollars or tokens for 1,000 answers; None if unknown."""
    cost = both.llm.cost
    return None if cost is None else float((1 - kept) @ cost) * 1000 / len(kept)


def _measure(both: BothJudges, kept: Array) -> CascadeFigures:
    graded = _mix(kept, both.embedded.graded, both.llm.graded)
    return CascadeFigures(
        accuracy=estimate_accuracy(both, kept),
        harms=_measure_harms(both, kept),
        asked=compute_asked_share(kept),
        ungraded=float((1 - graded).mean()),
        cost_per_1000=compute_cost_per_1000(both, kept),
        latency_ms_p50=_compute_latency(both, kept),
    )


def _measure_harms(both: BothJudges, kept: Array) -> dict[str, Estimate | None]:
    if not both.llm.harms and not kept.all():
        return {}
    found = {}
    for name, own in both.embedded.harms.items():
        asked = both.llm.harms.get(name, own)
        done, possible = (_mix(kept, *way).sum() for way in zip(own, asked, strict=True))
        found[name] = estimate_share_if_any(float(done), float(possible))
    return found


def _compute_latency(both: BothJudges, kept: Array) -> float | None:
    """Compute the median time; the LLM is asked after the embedded judge, so times add up."""
    own, more = both.embedded.latency_ms, both.llm.latency_ms
    if own is None or (more is None and not kept.all()):
        return None
    return float(np.median(own if more is None else own + (1 - kept) * more))


def _mix(kept: Array, where_kept: Array, where_asked: Array) -> Array:
    return np.asarray(kept * where_kept + (1 - kept) * where_asked)
