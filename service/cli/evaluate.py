"""`probewise eval`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import track
from rich.table import Table

from service.cli.cards import console, errors
from service.cli.grading import JudgeOption, settings_for
from service.errors import ConfigurationError
from service.evaluation.cases import Case, read_golden
from service.evaluation.metrics import Figures, Judged, figures
from service.judging.models import Answer, Verdict
from service.playbooks.catalogue import Catalogue
from service.settings import Settings
from service.wiring import build_catalogue, build_judge

__all__ = ["app"]

app = typer.Typer(help="Measure a judge on labelled cases.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Makes `run` a subcommand, although it is the only one yet."""


@app.command()
def run(
    judge: JudgeOption = None,
    split: Annotated[Literal["dev", "test"], typer.Option(help="Which half of the set.")] = "test",
    golden: Annotated[
        Path, typer.Option(help="Folder of golden cases.", exists=True, file_okay=False)
    ] = Path("evals/golden"),
) -> None:
    """Grade the golden set and show how often the judge agrees with its labels.

    Example: `probewise eval run --judge embedded --split test`
    """
    settings = settings_for(judge)
    cases = [
        case
        for file in sorted(golden.glob("*.yaml"))
        for case in read_golden(file)
        if case.split == split
    ]
    if not cases:
        raise ConfigurationError(f"{golden}: no golden case of the {split} split")
    judged = asyncio.run(_judge(cases, settings, build_catalogue(settings)))
    _show(figures(judged), f"{settings.judge_in_use} on the golden {split} split")


async def _judge(cases: Sequence[Case], settings: Settings, catalogue: Catalogue) -> list[Judged]:
    judge = build_judge(settings)
    try:
        return [
            Judged(
                case,
                await judge.grade(catalogue.question(case.question_id), Answer.of(case.answer)),
            )
            for case in track(cases, description="grading", console=errors)
        ]
    finally:
        await judge.aclose()


def _show(found: Figures, title: str) -> None:
    console.print(f"[bold]{title}[/]: {found.cases} cases, {found.ungraded} ungraded")
    for name, value in found.named().items():
        console.print(f"  {'-' if value is None else f'{value:.3f}'}  {name}", highlight=False)
    table = Table("expected ↓ given →", *(verdict.value for verdict in Verdict))
    for expected in Verdict:
        row = (str(found.confusion.get((expected, given), 0)) for given in Verdict)
        table.add_row(expected.value, *row)
    console.print(table)
