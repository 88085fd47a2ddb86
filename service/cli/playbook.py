"""`probewise playbook`: list, show, check and import playbooks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from service.cli.console import console, errors
from service.cli.options import build_parts
from service.errors import PlaybookError, UnreadableTables
from service.playbooks.files import BUILT_IN, load_playbook, write_playbooks
from service.playbooks.import_report import ImportReport
from service.playbooks.lint import lint_playbook
from service.playbooks.markdown import write_table
from service.playbooks.models import Question
from service.playbooks.table_files import read_table_file
from service.settings import read_settings

__all__ = ["app"]

app = typer.Typer(
    help="Show playbooks, check them, import your own.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List every playbook and question id.

    Example: `probewise playbook list`
    """
    table = Table("question", "text", "signals", box=None)
    for playbook in build_parts(context).catalogue.playbooks:
        table.add_row(f"[bold]{playbook.id}[/]", f"[bold]{escape(playbook.title)}[/]", "")
        for question in playbook.questions:
            table.add_row(question.id, escape(question.text), str(len(question.signals)))
    console.print(table)


@app.command()
def show(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="QUESTION", help="A question id, or a playbook id.")
    ],
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the whole playbook as its Markdown table.")
    ] = False,
) -> None:
    """Show a question, or all of a playbook, with signals, probe and insight.

    Example: `probewise playbook show data-engineering.3`
    """
    catalogue = build_parts(context).catalogue
    known = {playbook.id for playbook in catalogue.playbooks}
    question = None if name in known else catalogue.question(name)
    playbook = catalogue.playbook(question.playbook_id if question else name)
    if markdown:
        print(write_table(playbook), end="")  # noqa: T201 - to the byte, for a file
        return
    for asked in [question] if question else playbook.questions:
        _print_question(asked)


@app.command()
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Playbook files; by default the configured ones.")
    ] = None,
) -> None:
    """Check playbook files; exit code 1 if one can't be used.

    Example: `probewise playbook lint my-playbook.yaml`
    """
    folder = read_settings().playbooks or BUILT_IN
    broken = 0
    checked = files or sorted(folder.glob("*.yaml"))
    if not checked:
        raise PlaybookError("no playbook (*.yaml) in this folder", file=str(folder))
    for file in checked:
        try:
            playbook = load_playbook(file)
        except PlaybookError as error:
            broken += 1
            _print_line(errors, "[red]error[/]", str(error))
            continue
        for remark in lint_playbook(playbook):
            _print_line(errors, "[yellow]warning[/]", f"{file}: {remark}")
        _print_line(console, "[green]ok[/]", f"{file}: {len(playbook.questions)} questions")
    if broken:
        raise typer.Exit(1)


@app.command("import")
def import_(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Markdown, CSV or Excel (.xlsx) with the columns of a playbook.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the YAML files.")
    ] = Path(),
    playbook_id: Annotated[
        str | None,
        typer.Option("--id", help="Id of the only playbook; by default taken from its heading."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files.")] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Write nothing if anything had to be assumed."),
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print playbooks, assumptions and faults as JSON."),
    ] = False,
) -> None:
    """Convert the playbook tables of a file to YAML files, one for each table.

    Each thing that was assumed is shown with its place. Exit code 2: something can't be read;
    every fault is shown, and nothing is written.

    Example: `probewise playbook import playbooks.xlsx --output playbooks/`
    """
    read = read_table_file(table, playbook_id)
    targets = [output / f"{playbook.id}.yaml" for playbook in read.playbooks]
    try:
        read.check(strict=strict)
        write_playbooks(dict(zip(targets, read.playbooks, strict=True)), overwrite=force)
    except UnreadableTables as error:
        if json:
            _print_json(ImportReport.of(read, []))
        for fault in error.faults:
            errors.print(Text.assemble(("error: ", "bold red"), str(fault)), soft_wrap=True)
        raise typer.Exit(2) from error
    if json:
        _print_json(ImportReport.of(read, targets))
        return
    for assumption in read.assumptions:
        _print_line(errors, "[yellow]assumed[/]", str(assumption.as_error()))
    for playbook, target in zip(read.playbooks, targets, strict=True):
        _print_line(console, "[green]ok[/]", f"{target}: {len(playbook.questions)} questions")


def _print_json(report: ImportReport) -> None:
    print(report.model_dump_json(indent=2))  # noqa: T201 - plain, for scripts


def _print_line(to: Console, mark: str, line: str) -> None:
    to.print(f"{mark} {escape(line)}", highlight=False, soft_wrap=True)


def _print_question(question: Question) -> None:
    console.print(f"\n[bold]{question.id}[/]  {escape(question.text)}", highlight=False)
    for signal in question.signals:
        colour = "green" if signal.kind == "good" else "red"
        console.print(f"  [{colour}]{signal.id}[/]  {escape(signal.text)}", highlight=False)
    console.print(f"  [cyan]probe[/]   {escape(question.probe)}", highlight=False)
    if question.insight:
        console.print(f"  [dim]insight[/] {escape(question.insight)}", highlight=False)
