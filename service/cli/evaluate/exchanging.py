"""`probewise eval export | import`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.cards import errors
from service.cli.evaluate.options import GoldenOption
from service.errors import ConfigurationError
from service.evaluation.cases import write_golden
from service.evaluation.exchange import FileFormat, read_cases_from, write_cases
from service.evaluation.golden import Selection, read_folder, select
from service.settings import read_settings
from service.wiring import build_catalogue

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
    errors.print(f"{len(cases)} cases: {file}", highlight=False, markup=False)


def import_(
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or promptfoo .yaml file of cases.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Golden file to write, .yaml.")],
    form: FormatOption = None,
) -> None:
    """Check cases from another tool and write them as a golden file.

    Nothing is written when a case names an unknown question or contradicts itself.

    Example: `probewise eval import golden.csv --output evals/golden/ours.yaml`
    """
    catalogue = build_catalogue(read_settings())
    cases = read_cases_from(file, form)
    faults = [
        f"{case.id}: {fault}"
        for case in cases
        for fault in case.faults(s.id for s in catalogue.question(case.question_id).signals)
    ]
    for fault in faults:
        errors.print(f"{file}: {fault}", highlight=False, markup=False)
    if faults:
        raise ConfigurationError(f"{file}: {len(faults)} faults; nothing was written")
    write_golden(cases, output)
    errors.print(f"{len(cases)} cases: {output}", highlight=False, markup=False)
