"""`probewise eval accept`."""

from pathlib import Path

from service.cli.console import say
from service.cli.eval.options import BaselinesOption, RunArgument
from service.evaluation.gates.baselines import accept_run
from service.evaluation.runs.run_folder import read_run

__all__ = ["accept"]


def accept(folder: RunArgument, baselines: BaselinesOption = Path("evals/baselines")) -> None:
    """Make a run the baseline that later runs of its judge and split are compared with.

    Example: `probewise eval accept runs/today`
    """
    accepted = accept_run(read_run(folder), baselines)
    say(f"accepted: {accepted}")
