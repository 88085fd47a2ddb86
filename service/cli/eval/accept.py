"""`probewise eval accept`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.eval.options import BaselinesOption, GatesOption, RunArgument
from service.errors import ConfigurationError
from service.evaluation.gates.baselines import accept_run, check_acceptable
from service.evaluation.reports.acceptance import describe_acceptance, report_acceptance
from service.evaluation.runs.run_folder import read_run

__all__ = ["accept"]


def accept(
    folder: RunArgument,
    gates: GatesOption = Path("evals/gates.toml"),
    baselines: BaselinesOption = Path("evals/baselines"),
    reason: Annotated[
        str | None,
        typer.Option(help="Why a run that fails its gates is accepted; stored with the baseline."),
    ] = None,
) -> None:
    """Make a run the baseline that later runs of its judge and split are compared with.

    It says what changes against the baseline before. A run that fails its gates needs a --reason.

    Example: `probewise eval accept runs/today`
    """
    run = read_run(folder)
    check_acceptable(run)
    report = report_acceptance(run, gates, baselines)
    for line in describe_acceptance(report):
        say(line)
    if report.gating and report.gating.failed and not (reason and reason.strip()):
        raise ConfigurationError(
            f"{run.name} fails {len(report.gating.failed)} of its gates; "
            'if that is deliberate, say why: --reason "..."'
        )
    say(f"accepted: {accept_run(run, baselines, reason=reason)}")
    if report.gating and not report.asks_for_baseline:
        judge = run.config.key.judge
        say(f"to hold later runs to it, add a table [{judge}.baseline] to {gates}")
