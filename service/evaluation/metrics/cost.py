"""What a run took: tokens, money, time."""

from collections.abc import Sequence

import numpy as np

from service.evaluation.runs.run import Line
from service.llm.chat import Usage
from service.records import Frozen

__all__ = ["Spending", "spending"]


class Spending(Frozen):
    """Totals of a run's grades; latencies in milliseconds, of grades that no cache gave.

    `cost_usd` is None where some grade's cost is unknown.
    """

    usage: Usage
    cost_usd: float | None
    cost_usd_per_case: float | None
    cached: int
    latency_ms_p50: float | None
    latency_ms_p95: float | None


def spending(lines: Sequence[Line]) -> Spending:
    """What the graded lines took."""
    judges = [line.given.judge for line in lines if line.given]
    fresh = [judge for judge in judges if not judge.cached]
    costs = [judge.cost_usd for judge in fresh]
    cost = None if None in costs else sum(cost for cost in costs if cost is not None)
    usage = Usage()
    for judge in fresh:
        usage += judge.usage
    times = [judge.latency_ms for judge in fresh]
    middle, slow = np.percentile(times, [50, 95]).tolist() if times else (None, None)
    return Spending(
        usage=usage,
        cost_usd=cost,
        cost_usd_per_case=cost / len(fresh) if cost is not None and fresh else None,
        cached=len(judges) - len(fresh),
        latency_ms_p50=middle,
        latency_ms_p95=slow,
    )
