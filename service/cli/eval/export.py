"""`probewise eval export`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import counted, say
from service.cli.eval.options import FormatOption, GoldenOption
from service.evaluation.cases.case import ChosenSplit
from service.evaluation.cases.exchange import write_cases
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases

__all__ = ["export"]


def export(
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or promptfoo .yaml file to write.")],
    split: Annotated[ChosenSplit, typer.Option(help="Which cases.")] = "all",
    golden: GoldenOption = Path("evals/golden"),
    form: FormatOption = None,
) -> None:
    """Write golden cases for another tool; `eval import` reads them back unchanged.

    Example: `probewise eval export golden.csv --split dev`
    """
    cases = select_cases(read_golden_folder(golden), Selection(split=split))
    write_cases(cases, file, form)
    say(f"{counted(len(cases), 'case')}: {file}")
