"""`probewise eval gate`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say, show
from service.cli.eval.options import (
    BaselinesOption,
    FilesOption,
    GatesOption,
    RunArgument,
    write_files,
)
from service.cli.eval.tables import make_gates_table
from service.evaluation.reports.report import report_gates
from service.evaluation.runs.run_folder import read_run

__all__ = ["gate"]


def gate(
    folder: RunArgument,
    gates: GatesOption = Path("evals/gates.toml"),
    baselines: BaselinesOption = Path("evals/baselines"),
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which cases made a gate fail.")
    ] = False,
    output: FilesOption = None,
) -> None:
    """Hold a run to the gates, and to the accepted run of its judge and split.

    Exit code 0: every gate held; 1: one failed; 2: the run itself broke or can't be judged.

    Example: `probewise eval gate runs/today --explain -o report.html`
    """
    report = report_gates(read_run(folder), gates, baselines)
    show(make_gates_table(report, explain=explain))
    # After the gates: in a CI log, the first lines are for what is newly wrong.
    if report.comparison:
        for difference in report.comparison.differences:
            say(f"differs from the baseline: {difference}")
        if report.comparison.reworded:
            say(f"questions worded differently: {', '.join(report.comparison.reworded)}")
    write_files(report, output)
    if report.gating:
        raise typer.Exit(report.gating.exit_code)
