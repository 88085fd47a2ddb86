"""`probewise eval report`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import show
from service.cli.eval.options import FilesOption, RunArgument, write_files
from service.cli.eval.tables import make_comparison_table, make_metrics_table
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.run_folder import read_run

__all__ = ["report"]


def report(
    folder: RunArgument,
    base: Annotated[
        Path | None, typer.Option(help="Folder of another run to compare with.", file_okay=False)
    ] = None,
    output: FilesOption = None,
) -> None:
    """Show a run's figures, and write them as JSON, JUnit XML, Markdown or an HTML page.

    Example: `probewise eval report runs/today -o report.html -o summary.md`
    """
    run = read_run(folder)
    comparison = compare_runs(read_run(base), run) if base else None
    made = RunReport(run, measure(run.results), comparison)
    show(make_metrics_table(made.metrics, title=made.title))
    if made.comparison:
        show(make_comparison_table(made.comparison))
    write_files(made, output)
