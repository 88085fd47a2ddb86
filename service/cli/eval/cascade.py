"""`probewise eval cascade`."""

import textwrap
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.console import console, say
from service.cli.eval.options import all_pass
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.threshold_files import as_json, check_suffix, write_cascading
from service.evaluation.reports.threshold_table import head, rows
from service.evaluation.runs.run import read_run
from service.evaluation.threshold.recommend import Rule
from service.evaluation.threshold.threshold_report import Assumption, Cascading, cascading
from service.settings import read_settings

__all__ = ["cascade"]

HARMS = ("passed_a_weak_answer",)
WIDTHS = {"threshold": 14, "accuracy": 19}  # in a narrow terminal the others give way


def cascade(
    embedded: Annotated[
        Path,
        typer.Argument(
            metavar="EMBEDDED_RUN", help="Folder of the embedded judge's run.", file_okay=False
        ),
    ],
    llm: Annotated[
        Path | None,
        typer.Argument(
            metavar="LLM_RUN",
            help="Folder of the LLM's run over the same cases; without, assume an LLM.",
            file_okay=False,
        ),
    ] = None,
    margin: Annotated[
        float,
        typer.Option(min=0, max=1, help="How far below the best accuracy a cheaper one may lie."),
    ] = 0.01,
    max_cost: Annotated[
        float | None, typer.Option(min=0, help="At most so many US dollars for 1,000 answers.")
    ] = None,
    llm_accuracy: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Without LLM_RUN: how often the LLM is assumed right."),
    ] = None,
    llm_cost_usd: Annotated[
        float | None,
        typer.Option(min=0, help="Assumed price of one LLM grade, where LLM_RUN knows none."),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="Report to write: .html, .md or .json; may be given several times.",
            dir_okay=False,
            callback=all_pass(check_suffix),
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Choose the cascade's threshold: what each one costs and how accurate it is.

    Both runs must be finished and over the same cases, best those of the dev split. The cheapest
    threshold within the margin of the best is recommended, and measured on cases it was not chosen
    on.

    Example: `probewise eval cascade runs/embedded-dev runs/llm-dev -o cascade.html`
    """
    found = cascading(
        read_run(embedded),
        read_run(llm) if llm else None,
        Rule(margin=margin, max_cost_usd=max_cost),
        Assumption(accuracy=llm_accuracy, cost_usd=llm_cost_usd),
        keep_unsure=read_settings().fallback == "embedded",
    )
    if json:
        print(as_json(found), end="")  # noqa: T201 - plain, for scripts
    else:
        console.print(_shown(found))
    for file in output or ():
        write_cascading(found, file)
        say(f"wrote {file}")


def _shown(found: Cascading) -> RenderableType:
    """The thresholds, then what to set and why."""
    title = f"{sentences.TITLE}: {sentences.what_was_run(found)}"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in head(found, HARMS):
        table.add_column(textwrap.fill(name, 12), overflow="fold", width=WIDTHS.get(name))
    for row in rows(found, HARMS):
        style = "bold" if row.is_recommended else ""
        accuracy, *others = row.cells
        cells = (row.name, accuracy, *(cell.partition(" (")[0] for cell in others))
        table.add_row(*(Text(cell, style=style) for cell in cells))
    assumed = sentences.assumed(found)
    return Group(
        Text(title, style="bold"),
        *([Text(assumed, style="yellow")] if assumed else []),
        table,
        *(Text(setting, style="bold green") for setting in sentences.settings(found)),
        Text(sentences.because(found)),
        Text(sentences.compared(found)),
        Text(sentences.honestly(found)),
        *(Text(remark, style="yellow") for remark in sentences.remarks(found)),
    )
