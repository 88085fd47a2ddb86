"""Baselines: the folder of accepted runs, and the one that a run is compared with."""

from pathlib import Path

from service.errors import ConfigurationError
from service.evaluation.metrics.measure import measure, write_metrics
from service.evaluation.runs.run import Run, RunConfig
from service.evaluation.runs.run_folder import CONFIG, read_run, write_run

__all__ = ["accept_run", "check_acceptable", "find_baseline"]


def find_baseline(folder: Path, config: RunConfig) -> Run | None:
    """Find the accepted run of the same judge and split; None if there is none.

    Of several, the one whose key differs least is taken.
    """
    runs = [read_run(file.parent) for file in sorted(folder.glob(f"*/{CONFIG}"))]
    alike = [
        run
        for run in runs
        if run.config.key.judge == config.key.judge
        and run.config.selection.split == config.selection.split
    ]
    return min(
        alike, key=lambda run: len(run.config.key.list_differences(config.key)), default=None
    )


def check_acceptable(run: Run) -> None:
    """Raise ConfigurationError for a run that can be no baseline.

    Such a run is incomplete, has ungraded cases, or leaves out part of its split.
    """
    selection = run.config.selection
    if run.missing or any(result.ungraded for result in run.results):
        raise ConfigurationError(f"{run.name}: some cases are ungraded; run it again, then accept")
    if not selection.is_whole:
        raise ConfigurationError(f"{run.name}: a sample or part of a split is no baseline")


def accept_run(run: Run, folder: Path, *, reason: str | None = None) -> Path:
    """Store a run as the baseline of its judge and split, in place of the one before.

    All its figures are stored, but no results of changed answers. `reason` says why a run that
    fails its gates is accepted. Raises ConfigurationError as `check_acceptable` does.
    """
    check_acceptable(run)
    selection = run.config.selection
    config = run.config.model_copy(update={"accepted_because": reason})
    accepted = folder / f"{run.config.key.judge}-{selection.split}"
    write_run(accepted, config, run.unchanged)
    write_metrics(accepted, measure(run.results))
    return accepted
