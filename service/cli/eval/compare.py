"""`probewise eval compare | gate | accept`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import console, say
from service.cli.eval.options import (
    BaselinesOption,
    FilesOption,
    GatesOption,
    RunArgument,
    write_files,
)
from service.cli.eval.tables import comparison_table, gating_table
from service.evaluation.gates.baselines import accept_run, gated
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import Report
from service.evaluation.runs.comparison import compare as compare_runs
from service.evaluation.runs.run import read_run

__all__ = ["accept", "compare", "gate"]


def compare(
    base: Annotated[
        Path, typer.Argument(metavar="BASE", help="Folder of the run before.", file_okay=False)
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="Folder of the run after.", file_okay=False)
    ],
    output: FilesOption = None,
) -> None:
    """Compare two runs case by case: what changed, is it chance, and every flip with both reasons.

    Example: `probewise eval compare evals/baselines/embedded-test runs/today`
    """
    run = read_run(new)
    found = compare_runs(read_run(base), run)
    console.print(comparison_table(found))
    write_files(Report(run, measure(run.lines), found), output)


def gate(
    folder: RunArgument,
    gates: GatesOption = Path("evals/gates.toml"),
    baselines: BaselinesOption = Path("evals/baselines"),
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which cases moved each failed gate.")
    ] = False,
    output: FilesOption = None,
) -> None:
    """Hold a run against the gates and the accepted run of its judge and split.

    Exit code 0: every gate held; 1: one failed; 2: the run itself broke or can't be judged.

    Example: `probewise eval gate runs/today --explain -o report.html`
    """
    held = gated(read_run(folder), gates, baselines)
    for difference in held.comparison.differences if held.comparison else ():
        say(f"differs from the baseline: {difference}")
    write_files(held, output)
    if held.gating:
        console.print(gating_table(held.gating, explain=explain))
        raise typer.Exit(held.gating.exit_code)


def accept(folder: RunArgument, baselines: BaselinesOption = Path("evals/baselines")) -> None:
    """Make a run the baseline that later runs of its judge and split are held against.

    Example: `probewise eval accept runs/today`
    """
    kept = accept_run(read_run(folder), baselines)
    say(f"accepted: {kept}")
