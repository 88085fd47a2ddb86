"""`probewise eval cascade`."""

import textwrap
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.console import say, show
from service.cli.eval.options import check_each
from service.evaluation.metrics.verdict_metrics import HARMS
from service.evaluation.reports import threshold_sentences as sentences
from service.evaluation.reports.threshold_files import (
    check_suffix,
    render_json,
    write_threshold_report,
)
from service.evaluation.reports.threshold_table import make_head, make_rows
from service.evaluation.runs.run_folder import read_run
from service.evaluation.threshold.recommend import ThresholdRule
from service.evaluation.threshold.threshold_report import (
    LLMAssumption,
    ThresholdReport,
    report_thresholds,
)
from service.settings import read_settings

__all__ = ["cascade"]

_SHOWN_HARMS = [harm for harm in HARMS if harm.name == "passed_a_weak_answer"]
_WIDTHS = {"threshold": 14, "accuracy": 19}  # in a narrow terminal the others give way


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
            help="Folder of the LLM's run over the same cases. Without it, an LLM is assumed.",
            file_okay=False,
        ),
    ] = None,
    margin: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="How far below the best accuracy the recommended one may be."
        ),
    ] = 0.01,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="Spend at most so many US dollars for 1,000 answers."),
    ] = None,
    llm_accuracy: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Without LLM_RUN: the share of answers that the LLM gets right."
        ),
    ] = None,
    llm_cost_usd: Annotated[
        float | None,
        typer.Option(min=0, help="Price in US dollars of one LLM grade, if LLM_RUN recorded none."),
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help="Report to write: .html, .md or .json; may be given several times.",
            dir_okay=False,
            callback=check_each(check_suffix),
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Choose the cascade's threshold: measure the cost and accuracy of each one.

    Both runs must be finished and over the same cases; use the dev split. The cheapest threshold
    whose accuracy is within the margin of the best is recommended, and also measured on cases that
    it was not chosen on.

    Example: `probewise eval cascade runs/embedded-dev runs/llm-dev -o cascade.html`
    """
    report = report_thresholds(
        read_run(embedded),
        read_run(llm) if llm else None,
        ThresholdRule(margin=margin, max_cost_usd=max_cost),
        LLMAssumption(accuracy=llm_accuracy, cost_usd=llm_cost_usd),
        keep_unsure=read_settings().fallback == "embedded",
    )
    if json:
        print(render_json(report), end="")  # noqa: T201 - plain, for scripts
    else:
        show(_make_table(report))
    for file in output or ():
        write_threshold_report(report, file)
        say(f"wrote {file}")


def _make_table(report: ThresholdReport) -> RenderableType:
    """Make a table of the thresholds, with the settings and the reasons below it."""
    title = f"{sentences.TITLE}: {sentences.name_runs(report)}"
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for name in make_head(report, _SHOWN_HARMS):
        table.add_column(textwrap.fill(name, 12), overflow="fold", width=_WIDTHS.get(name))
    for row in make_rows(report, _SHOWN_HARMS):
        style = "bold" if row.is_recommended else ""
        accuracy, *others = row.cells
        cells = (row.name, accuracy, *(cell.partition(" (")[0] for cell in others))
        table.add_row(*(Text(cell, style=style) for cell in cells))
    assumption = sentences.explain_assumption(report)
    return Group(
        Text(title, style="bold"),
        *([Text(assumption, style="yellow")] if assumption else []),
        table,
        *(Text(setting, style="bold green") for setting in sentences.list_settings(report)),
        Text(sentences.explain_choice(report)),
        Text(sentences.compare_with_single_judges(report)),
        Text(sentences.explain_cross_fit(report)),
        *(Text(remark, style="yellow") for remark in sentences.list_remarks(report)),
    )
