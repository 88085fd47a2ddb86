"""`probewise eval report`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import console
from service.cli.eval.options import FilesOption, RunArgument, write_files
from service.cli.eval.tables import comparison_table, metrics_table
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import Report
from service.evaluation.runs.comparison import compare
from service.evaluation.runs.run import read_run

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
    made = Report(run, measure(run.lines), compare(read_run(base), run) if base else None)
    console.print(metrics_table(made.metrics, title=made.title))
    if made.comparison:
        console.print(comparison_table(made.comparison))
    write_files(made, output)
