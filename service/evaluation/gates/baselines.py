"""Accepted runs: the folder of baselines, and which of them a run is held against."""

from pathlib import Path

from service.errors import ConfigurationError
from service.evaluation.gates.gates import apply_gates, read_gates
from service.evaluation.metrics.measure import measure, write_metrics
from service.evaluation.reports.report import Report
from service.evaluation.runs.comparison import compare
from service.evaluation.runs.run import CONFIG, Run, RunConfig, read_run, write_run

__all__ = ["accept_run", "find_baseline", "gated"]


def find_baseline(folder: Path, config: RunConfig) -> Run | None:
    """The accepted run of the same judge and split whose key differs least; None without one."""
    runs = [read_run(file.parent) for file in sorted(folder.glob(f"*/{CONFIG}"))]
    alike = [
        run
        for run in runs
        if run.config.key.judge == config.key.judge
        and run.config.selection.split == config.selection.split
    ]
    return min(alike, key=lambda run: len(run.config.key.differences(config.key)), default=None)


def accept_run(run: Run, folder: Path) -> Path:
    """Keep a run as the baseline of its judge and split, in place of the one before.

    Its figures are kept whole, its lines without the changed answers. Raises ConfigurationError
    for a run that is incomplete, has ungraded cases or leaves out part of its split.
    """
    selection = run.config.selection
    if run.missing or any(line.ungraded for line in run.lines):
        raise ConfigurationError(f"{run.name}: some cases are ungraded; run it again, then accept")
    if not selection.is_whole:
        raise ConfigurationError(f"{run.name}: a sample or part of a split is no baseline")
    kept = folder / f"{run.config.key.judge}-{selection.split}"
    write_run(kept, run.config, run.plain)
    write_metrics(kept, measure(run.lines))
    return kept


def gated(run: Run, gates: Path, baselines: Path) -> Report:
    """The run with its figures, its baseline beside it and what the gates said.

    Raises ConfigurationError where nothing was graded, or the gates can't be used.
    """
    wanted = read_gates(gates).of(run.config.key.judge)
    metrics = measure(run.lines)
    baseline = find_baseline(baselines, run.config) if wanted.baseline else None
    comparison = compare(baseline, run) if baseline else None
    return Report(run, metrics, comparison, apply_gates(wanted, run, metrics, comparison))
