"""The results of the two judges of a cascade, a number for each case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.threshold.case_cost import (
    CostUnit,
    assume_cost,
    read_embedded_cost,
    read_llm_cost,
)
from service.evaluation.threshold.paired_runs import CasePair
from service.judging.models import Verdict
from service.reasons import Reason

__all__ = ["Array", "BothJudges", "JudgeResults", "assume_llm", "measure_both"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class JudgeResults:
    """One judge over n cases; the repeats of a case count by their mean.

    `right` and `graded` are from 0 to 1. `harms` has, by name, how far each case was harmed and how
    far it could have been; it is empty if the verdicts are assumed. `cost` is in the unit of
    `BothJudges`, `latency_ms` in milliseconds; None if they are unknown.
    """

    right: Array
    graded: Array
    harms: Mapping[str, tuple[Array, Array]]
    cost: Array | None
    latency_ms: Array | None


@dataclass(frozen=True)
class BothJudges:
    """Both judges over the same cases.

    `sureness` is compared with the threshold: it is the embedded judge's confidence, minus infinity
    for an answer with a flag, plus infinity for one that no judge is asked about. `llm` is the
    result of asking the LLM: `stood_in` counts the embedded grades among it, `unrecorded` the
    grades whose cost and time are costs from the others.
    """

    sureness: Array
    embedded: JudgeResults
    llm: JudgeResults
    cost_unit: CostUnit | None
    is_assumed: bool = False
    stood_in: int = 0
    unrecorded: int = 0


def measure_both(
    pairs: Sequence[CasePair], *, keep_unsure: bool, cost_usd: float | None = None
) -> BothJudges:
    """Measure the pairs as they were graded; `keep_unsure` as in `service.judging.cascade.Cascade`.

    `cost_usd` is the price of one grade of the LLM, for a run that did not record it. Raises
    ConfigurationError if the run did.
    """
    costs = read_llm_cost(pairs, cost_usd)
    verdicts = [
        [_escalate(pair.embedded, result, keep_unsure=keep_unsure) for result in pair.llm]
        for pair in pairs
    ]
    graded = sum(result.given is not None for pair in pairs for result in pair.llm)
    return BothJudges(
        sureness=_measure_sureness(pairs),
        embedded=_measure_embedded(pairs),
        llm=_compare_verdicts(pairs, verdicts, costs.cost, costs.latency_ms),
        cost_unit=costs.unit,
        stood_in=sum(verdict is not None for own in verdicts for verdict in own) - graded,
        unrecorded=costs.unrecorded,
    )


def assume_llm(
    pairs: Sequence[CasePair], *, accuracy: float, cost_usd: float | None = None
) -> BothJudges:
    """Assume an LLM that is right as often on every case, at one price for each grade."""
    embedded, costs = _measure_embedded(pairs), assume_cost(pairs, cost_usd)
    asked = np.array([not pair.is_letterless for pair in pairs])
    return BothJudges(
        sureness=_measure_sureness(pairs),
        embedded=embedded,
        llm=JudgeResults(
            right=np.where(asked, accuracy, embedded.right),
            graded=np.ones(len(pairs)),
            harms={},
            cost=costs.cost,
            latency_ms=None,
        ),
        cost_unit=costs.unit,
        is_assumed=True,
    )


def _measure_sureness(pairs: Sequence[CasePair]) -> Array:
    return np.array([_rate_sureness(pair) for pair in pairs])


def _rate_sureness(pair: CasePair) -> float:
    given = pair.embedded.given
    if pair.is_letterless:
        return np.inf
    # The cascade asks the LLM about every flagged answer, however sure the embedded judge is.
    return -np.inf if given is None or given.flags else given.confidence or 0.0


def _escalate(embedded: CaseResult, llm: CaseResult, *, keep_unsure: bool) -> Verdict | None:
    """Return the verdict after asking the LLM: its own, or the embedded judge's in its place."""
    if llm.given:
        return llm.given.verdict
    is_down = llm.ungraded is not None and llm.ungraded.reason is Reason.MODEL_UNAVAILABLE
    return embedded.given.verdict if keep_unsure and is_down and embedded.given else None


def _measure_embedded(pairs: Sequence[CasePair]) -> JudgeResults:
    given = [pair.embedded.given for pair in pairs]
    verdicts = [[one.verdict if one else None] for one in given]
    costs = read_embedded_cost(pairs)
    return _compare_verdicts(pairs, verdicts, costs.cost, costs.latency_ms)


def _compare_verdicts(
    pairs: Sequence[CasePair],
    verdicts: Sequence[Sequence[Verdict | None]],
    cost: Array | None,
    latency_ms: Array | None,
) -> JudgeResults:
    """Compare each case's verdicts, None for ungraded, with its label."""
    rows = [
        (number, pair.case.verdict, verdict)
        for number, (pair, own) in enumerate(zip(pairs, verdicts, strict=True))
        for verdict in own
    ]
    numbers = [number for number, _, _ in rows]
    times = np.bincount(numbers, minlength=len(pairs))

    def by_case(flags: Sequence[bool]) -> Array:
        return np.asarray(np.bincount(numbers, flags, minlength=len(pairs)) / times)

    return JudgeResults(
        right=by_case([given is label for _, label, given in rows]),
        graded=by_case([given is not None for _, _, given in rows]),
        harms={
            harm.name: (
                by_case(
                    [label in harm.at_risk and given in harm.harmful for _, label, given in rows]
                ),
                by_case([label in harm.at_risk and given is not None for _, label, given in rows]),
            )
            for harm in HARMS
        },
        cost=cost,
        latency_ms=latency_ms,
    )
