"""`probewise eval export | import`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.console import counted, say
from service.cli.eval.options import GoldenOption
from service.cli.options import build_parts
from service.errors import ConfigurationError
from service.evaluation.cases.case import CaseError, write_golden
from service.evaluation.cases.exchange import FileFormat, read_cases_from, write_cases
from service.evaluation.cases.golden import Selection, check_names, read_folder, select
from service.evaluation.runs.runner import gradable

__all__ = ["export", "import_"]

FormatOption = Annotated[
    FileFormat | None, typer.Option("--format", help="Default: what the file's suffix says.")
]


def export(
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or promptfoo .yaml file to write.")],
    split: Annotated[Literal["dev", "test", "all"], typer.Option(help="Which cases.")] = "all",
    golden: GoldenOption = Path("evals/golden"),
    form: FormatOption = None,
) -> None:
    """Write golden cases for another tool; `eval import` reads them back unchanged.

    Example: `probewise eval export golden.csv --split dev`
    """
    cases = select(read_folder(golden), Selection(split=split))
    write_cases(cases, file, form)
    say(f"{counted(len(cases), 'case')}: {file}")


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or promptfoo .yaml file of cases.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Golden file to write, .yaml.")],
    form: FormatOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Check cases from another tool and write them as a golden file.

    Nothing is written when a case names an unknown question or contradicts itself.

    Example: `probewise eval import golden.csv --output evals/golden/ours.yaml`
    """
    catalogue = build_parts(context).catalogue
    cases = read_cases_from(file, form)
    check_names(cases, file)
    faults = [
        f"{case.id}: {fault}"
        for case in cases
        for fault in case.faults(signal.id for signal in gradable(case, catalogue).signals)
    ]
    for fault in faults:
        say(f"{file}: {fault}")
    if faults:
        raise CaseError(f"{file}: {counted(len(faults), 'fault')}; nothing was written")
    if output.exists() and not force:
        raise ConfigurationError(f"{output} is there already; --force overwrites it")
    write_golden(cases, output)
    say(f"{counted(len(cases), 'case')}: {output}")
