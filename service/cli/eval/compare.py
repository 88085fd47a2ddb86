"""`probewise eval compare`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import show
from service.cli.eval.options import FilesOption, write_files
from service.cli.eval.tables import make_comparison_table
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.run_folder import read_run

__all__ = ["compare"]


def compare(
    base: Annotated[
        Path, typer.Argument(metavar="BASE", help="Folder of the run before.", file_okay=False)
    ],
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="Folder of the run after.", file_okay=False)
    ],
    output: FilesOption = None,
) -> None:
    """Compare two runs case by case.

    It shows how the figures changed, if chance alone could have changed them so, and every case
    whose verdict flipped, with the reasons that both runs give.

    Example: `probewise eval compare evals/baselines/embedded-test runs/today`
    """
    run = read_run(new)
    comparison = compare_runs(read_run(base), run)
    show(make_comparison_table(comparison))
    write_files(RunReport(run, measure(run.results), comparison), output)
