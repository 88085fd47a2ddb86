"""What keeping some embedded grades and asking the LLM for the others comes to."""

import numpy as np

from service.evaluation.metrics.statistics import Estimate, paired_difference, proportion, wilson
from service.evaluation.threshold.outcomes import Array, Paired
from service.evaluation.threshold.sweep import Sweep
from service.records import Frozen

__all__ = [
    "Against",
    "AtThreshold",
    "Figures",
    "accuracy_of",
    "against",
    "asked_share",
    "at_each_threshold",
    "cost_per_1000",
    "embedded_alone",
    "llm_alone",
]


class Figures(Frozen):
    """What one way of grading makes of the cases.

    `accuracy` is the share of all cases given the expected verdict, `asked` the share that the LLM
    is asked about, `ungraded` the share left without a verdict. `harms` are over graded cases, as
    in a run's figures; empty where some verdicts are only assumed. Cost is US dollars or tokens
    for 1,000 answers; it and the time are None where unknown.
    """

    accuracy: Estimate
    harms: dict[str, Estimate | None]
    asked: float
    ungraded: float
    cost_per_1000: float | None
    latency_ms_p50: float | None


class AtThreshold(Frozen):
    """The cascade at one threshold."""

    threshold: float
    figures: Figures


class Against(Frozen):
    """Accuracy of the cascade minus that of each judge alone, on the same cases."""

    llm: Estimate
    embedded: Estimate


def embedded_alone(paired: Paired) -> Figures:
    """The embedded judge on every case."""
    return _figures(paired, np.ones(len(paired.sureness)))


def llm_alone(paired: Paired) -> Figures:
    """The LLM on every case, the embedded judge never waited for."""
    needless = np.isposinf(paired.sureness).astype(float)
    figures = _figures(paired, needless)
    times = paired.llm.latency_ms
    p50 = None if times is None else float(np.median(times))
    return figures.model_copy(update={"latency_ms_p50": p50})


def at_each_threshold(paired: Paired, sweep: Sweep) -> tuple[AtThreshold, ...]:
    """The figures of the cascade at every threshold, lowest first."""
    return tuple(
        AtThreshold(
            threshold=threshold,
            figures=_figures(paired, (paired.sureness >= threshold).astype(float)),
        )
        for threshold in sweep.thresholds.tolist()
    )


def accuracy_of(paired: Paired, kept: Array) -> Estimate:
    """Share of the cases given the expected verdict, `kept` being how far each is kept, 0 to 1.

    Wilson's interval over all cases. Where the LLM is assumed, over the kept ones alone: what is
    assumed has none.
    """
    hits, n = float(kept @ paired.embedded.right), len(kept)
    asked = float((1 - kept) @ paired.llm.right)
    if not paired.is_assumed:
        return wilson(min(hits + asked, n), n)
    total = float(kept.sum())
    own = wilson(min(hits, total), total) if total else Estimate(value=0, low=0, high=0, n=0)
    low, value, high = ((total * part + asked) / n for part in (own.low, own.value, own.high))
    return Estimate(value=value, low=low, high=high, n=n)


def against(paired: Paired, kept: Array) -> Against:
    """The paired differences, with bootstrap intervals."""
    right = _mixed(kept, paired.embedded.right, paired.llm.right)
    return Against(
        llm=paired_difference(paired.llm.right, right),
        embedded=paired_difference(paired.embedded.right, right),
    )


def asked_share(kept: Array) -> float:
    """Share of the answers that the LLM is asked about."""
    return float((1 - kept).mean())


def cost_per_1000(paired: Paired, kept: Array) -> float | None:
    """US dollars or tokens for 1,000 answers; None where unknown."""
    cost = paired.llm.cost
    return None if cost is None else float((1 - kept) @ cost) * 1000 / len(kept)


def _figures(paired: Paired, kept: Array) -> Figures:
    graded = _mixed(kept, paired.embedded.graded, paired.llm.graded)
    return Figures(
        accuracy=accuracy_of(paired, kept),
        harms=_harms(paired, kept),
        asked=asked_share(kept),
        ungraded=float((1 - graded).mean()),
        cost_per_1000=cost_per_1000(paired, kept),
        latency_ms_p50=_latency_ms_p50(paired, kept),
    )


def _harms(paired: Paired, kept: Array) -> dict[str, Estimate | None]:
    if not paired.llm.harms and not kept.all():
        return {}
    found = {}
    for name, own in paired.embedded.harms.items():
        asked = paired.llm.harms.get(name, own)
        done, possible = (_mixed(kept, *both).sum() for both in zip(own, asked, strict=True))
        found[name] = proportion(float(done), float(possible))
    return found


def _latency_ms_p50(paired: Paired, kept: Array) -> float | None:
    """The LLM is asked after the embedded judge, so their times add up."""
    own, more = paired.embedded.latency_ms, paired.llm.latency_ms
    if own is None or (more is None and not kept.all()):
        return None
    return float(np.median(own if more is None else own + (1 - kept) * more))


def _mixed(kept: Array, where_kept: Array, where_asked: Array) -> Array:
    return np.asarray(kept * where_kept + (1 - kept) * where_asked)
