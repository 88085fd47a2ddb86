"""`probewise eval import`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import counted, say
from service.cli.eval.options import FormatOption
from service.cli.options import build_parts
from service.errors import ConfigurationError
from service.evaluation.cases.case import CaseError, write_golden
from service.evaluation.cases.exchange import read_cases
from service.evaluation.cases.golden import check_ids
from service.evaluation.runs.plan import find_question

__all__ = ["import_"]


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or promptfoo .yaml file of cases.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Golden file to write, .yaml.")],
    form: FormatOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Check cases from another tool and write them as a golden file.

    Nothing is written if a case names an unknown question or contradicts itself.

    Example: `probewise eval import golden.csv --output evals/golden/ours.yaml`
    """
    catalogue = build_parts(context).catalogue
    cases = read_cases(file, form)
    check_ids(cases, file)
    faults = [
        f"{case.id}: {fault}"
        for case in cases
        for fault in case.find_faults(
            signal.id for signal in find_question(case, catalogue).signals
        )
    ]
    for fault in faults:
        say(f"{file}: {fault}")
    if faults:
        raise CaseError(f"{file}: {counted(len(faults), 'fault')}; nothing was written")
    if output.exists() and not force:
        raise ConfigurationError(f"{output} is there already; --force overwrites it")
    write_golden(cases, output)
    say(f"{counted(len(cases), 'case')}: {output}")
