"""Tokens, money and time that the grades of a run took."""

from collections.abc import Iterator, Sequence

import numpy as np

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.metrics.figure import Figure, make_figure
from service.llm.chat import Usage
from service.records import Frozen

__all__ = ["CostFigures", "measure_cost"]

_NO_BLAME = "time and money are the judge's, and no case takes too much of them alone"


class CostFigures(Frozen):
    """Totals over a run's grades, and latencies in milliseconds of the grades no cache gave.

    `cost_usd` is None if the cost of some grade is unknown.
    """

    usage: Usage
    cost_usd: float | None
    cost_usd_per_case: float | None
    cached: int
    latency_ms_p50: float | None
    latency_ms_p95: float | None

    def list_figures(self) -> Iterator[Figure]:
        """Yield tokens, cost, cached grades and latencies; tables hide those that are nothing."""
        usage, has_usage = self.usage, bool(self.usage.input_tokens)
        yield make_figure(
            "tokens",
            "tokens",
            usage.input_tokens + usage.output_tokens,
            text=f"{usage.input_tokens:,} in ({usage.cached_input_tokens:,} cached), "
            f"{usage.output_tokens:,} out",
            blame=_NO_BLAME,
            is_headline=has_usage,
        )
        yield make_figure(
            "cost_usd",
            "cost",
            self.cost_usd,
            text="unknown" if self.cost_usd is None else f"${self.cost_usd:.4f}",
            blame=_NO_BLAME,
            is_headline=has_usage,
        )
        yield make_figure(
            "cost_usd_per_case", "cost per case", self.cost_usd_per_case, blame=_NO_BLAME
        )
        yield make_figure(
            "cached",
            "grades from the cache",
            self.cached,
            text=str(self.cached),
            blame=_NO_BLAME,
            is_headline=self.cached > 0,
        )
        is_timed = self.latency_ms_p50 is not None and self.latency_ms_p95 is not None
        yield make_figure(
            "latency_ms_p50",
            "latency p50, p95",  # one row of a table shows both
            self.latency_ms_p50,
            text=f"{self.latency_ms_p50:.0f} ms, {self.latency_ms_p95:.0f} ms" if is_timed else "-",
            blame=_NO_BLAME,
            is_headline=is_timed,
        )
        yield make_figure("latency_ms_p95", "latency p95", self.latency_ms_p95, blame=_NO_BLAME)


def measure_cost(results: Sequence[CaseResult]) -> CostFigures:
    """Add up what the graded results took."""
    judges = [result.given.judge for result in results if result.given]
    fresh = [judge for judge in judges if not judge.cached]
    costs = [judge.cost_usd for judge in fresh]
    cost = None if None in costs else sum(cost for cost in costs if cost is not None)
    usage = Usage()
    for judge in fresh:
        usage += judge.usage
    times = [judge.latency_ms for judge in fresh]
    middle, slow = np.percentile(times, [50, 95]).tolist() if times else (None, None)
    return CostFigures(
        usage=usage,
        cost_usd=cost,
        cost_usd_per_case=cost / len(fresh) if cost is not None and fresh else None,
        cached=len(judges) - len(fresh),
        latency_ms_p50=middle,
        latency_ms_p95=slow,
    )
