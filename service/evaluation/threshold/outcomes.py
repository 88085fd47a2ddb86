"""What the two judges of a cascade give each case, held against the labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.errors import Reason
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.runs.run import Line
from service.evaluation.threshold.case_cost import (
    CostUnit,
    assumed_taken,
    embedded_taken,
    llm_taken,
)
from service.evaluation.threshold.paired_runs import CasePair
from service.judging.models import Verdict

__all__ = ["Array", "Outcomes", "Paired", "assumed_llm", "measured_llm"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """One judge over n cases, a number for each; the repeats of a case count by their mean.

    `right` and `graded` are 0 to 1. `harms` holds, by name, how far each case was harmed and how
    far it could have been; empty where nobody knows. `cost` is in the unit of the pair,
    `latency_ms` in milliseconds; None where unknown.
    """

    right: Array
    graded: Array
    harms: Mapping[str, tuple[Array, Array]]
    cost: Array | None
    latency_ms: Array | None


@dataclass(frozen=True)
class Paired:
    """Both judges over the same cases.

    `sureness` is what a threshold is held against: the embedded judge's confidence, minus infinity
    where something is flagged, plus infinity where no judge is asked. `llm` is what comes of asking
    the LLM; `stood_in` counts the embedded grades among it, `unrecorded` the grades whose cost and
    time are taken from the others.
    """

    sureness: Array
    embedded: Outcomes
    llm: Outcomes
    cost_unit: CostUnit | None
    is_assumed: bool = False
    stood_in: int = 0
    unrecorded: int = 0


def measured_llm(
    pairs: Sequence[CasePair], *, keep_unsure: bool, cost_usd: float | None = None
) -> Paired:
    """The pairs as they were graded; `keep_unsure` as in `service.judging.cascade.Cascade`.

    `cost_usd` is what one grade of the LLM costs where its run doesn't know; ConfigurationError
    where it does.
    """
    taken = llm_taken(pairs, cost_usd)
    verdicts = [
        [_escalated(pair.embedded, line, keep_unsure=keep_unsure) for line in pair.llm]
        for pair in pairs
    ]
    graded = sum(line.given is not None for pair in pairs for line in pair.llm)
    return Paired(
        sureness=_sureness(pairs),
        embedded=_embedded(pairs),
        llm=_outcomes(pairs, verdicts, taken.cost, taken.latency_ms),
        cost_unit=taken.unit,
        stood_in=sum(verdict is not None for own in verdicts for verdict in own) - graded,
        unrecorded=taken.unrecorded,
    )


def assumed_llm(
    pairs: Sequence[CasePair], *, accuracy: float, cost_usd: float | None = None
) -> Paired:
    """The pairs with an LLM that is right as often on every case, at one price for each grade."""
    embedded, taken = _embedded(pairs), assumed_taken(pairs, cost_usd)
    asked = np.array([not pair.is_letterless for pair in pairs])
    return Paired(
        sureness=_sureness(pairs),
        embedded=embedded,
        llm=Outcomes(
            right=np.where(asked, accuracy, embedded.right),
            graded=np.ones(len(pairs)),
            harms={},
            cost=taken.cost,
            latency_ms=None,
        ),
        cost_unit=taken.unit,
        is_assumed=True,
    )


def _sureness(pairs: Sequence[CasePair]) -> Array:
    return np.array([_sure(pair) for pair in pairs])


def _sure(pair: CasePair) -> float:
    given = pair.embedded.given
    if pair.is_letterless:
        return np.inf
    return -np.inf if given is None or given.flags else given.confidence or 0.0


def _escalated(embedded: Line, llm: Line, *, keep_unsure: bool) -> Verdict | None:
    """The verdict where the LLM was asked: its own, or the one that stands in for it."""
    if llm.given:
        return llm.given.verdict
    is_down = llm.ungraded is not None and llm.ungraded.reason is Reason.MODEL_UNAVAILABLE
    return embedded.given.verdict if keep_unsure and is_down and embedded.given else None


def _embedded(pairs: Sequence[CasePair]) -> Outcomes:
    given = [pair.embedded.given for pair in pairs]
    verdicts = [[one.verdict if one else None] for one in given]
    taken = embedded_taken(pairs)
    return _outcomes(pairs, verdicts, taken.cost, taken.latency_ms)


def _outcomes(
    pairs: Sequence[CasePair],
    verdicts: Sequence[Sequence[Verdict | None]],
    cost: Array | None,
    latency_ms: Array | None,
) -> Outcomes:
    """Each case's verdicts, None for ungraded, held against its label."""
    rows = [
        (place, pair.case.verdict, verdict)
        for place, (pair, own) in enumerate(zip(pairs, verdicts, strict=True))
        for verdict in own
    ]
    places = [place for place, _, _ in rows]
    times = np.bincount(places, minlength=len(pairs))

    def by_case(flags: Sequence[bool]) -> Array:
        return np.asarray(np.bincount(places, flags, minlength=len(pairs)) / times)

    return Outcomes(
        right=by_case([given is label for _, label, given in rows]),
        graded=by_case([given is not None for _, _, given in rows]),
        harms={
            name: (
                by_case([label in at_risk and given in harmful for _, label, given in rows]),
                by_case([label in at_risk and given is not None for _, label, given in rows]),
            )
            for name, (at_risk, harmful) in HARMS.items()
        },
        cost=cost,
        latency_ms=latency_ms,
    )
