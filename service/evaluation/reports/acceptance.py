"""What accepting a run would change: said before it becomes the baseline."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.evaluation.cases.golden import name_some
from service.evaluation.gates.baselines import find_baseline
from service.evaluation.gates.gates import apply_gates, read_gates
from service.evaluation.metrics.figure import format_estimate
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.changed_questions import describe_news, find_news, head_news
from service.evaluation.reports.report import RunReport
from service.evaluation.reports.run_sentences import count_cases, summarize
from service.evaluation.runs.comparison import compare_runs, have_common_cases
from service.evaluation.runs.run import Run

__all__ = ["Acceptance", "describe_acceptance", "report_acceptance"]


@dataclass(frozen=True)
class Acceptance(RunReport):
    """The report of a run to accept; `asks_for_baseline` is True if its gates compare with one."""

    asks_for_baseline: bool = False


def report_acceptance(run: Run, gates: Path, baselines: Path) -> Acceptance:
    """Compare a run with the baseline that it would replace, and hold it to its gates.

    Without a file of gates, or a table for this judge, it is held to none. Raises
    ConfigurationError for a file that can't be used.
    """
    metrics = measure(run.results)
    before = find_baseline(baselines, run.config)
    comparison = compare_runs(before, run) if before and have_common_cases(before, run) else None
    key, split = run.config.key, run.config.selection.split
    wanted = read_gates(gates).find(key.judge, split) if gates.exists() else None
    if wanted is None:
        return Acceptance(run, metrics, comparison)
    checked = apply_gates(wanted, run, metrics, comparison)
    return Acceptance(run, metrics, comparison, checked, wanted.baseline is not None)


def describe_acceptance(report: Acceptance) -> Iterator[str]:
    """Yield what becomes the baseline, what is worse in it, and how its cases differ."""
    accuracy = format_estimate(report.metrics.verdicts.accuracy)
    yield f"{report.run.name}: {count_cases(report.metrics)}; accuracy {accuracy}"
    comparison = report.comparison
    if comparison:
        yield f"against the baseline before: {summarize(comparison)}"
        news = find_news(report)
        if news:
            yield head_news(news, comparison)
            yield from (f"  {line}" for line in describe_news(news))
        won = [flip.case.id for flip in report.flips if flip.was_won]
        if won:
            yield f"newly right: {name_some(won)}"
        yield from (f"differs: {difference}" for difference in comparison.differences)
    else:
        yield "there is no baseline before it"
    for gate in report.gating.failed if report.gating else ():
        yield f"FAIL {gate.said}"
