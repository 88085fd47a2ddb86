"""Options that several `eval` commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.options import build_parts
from service.evaluation.cases.exchange import FileFormat
from service.evaluation.reports.report import RunReport
from service.evaluation.reports.report_files import check_suffix, write_report
from service.settings import JudgeName
from service.wiring import Parts

__all__ = [
    "BaselinesOption",
    "FilesOption",
    "FormatOption",
    "GatesOption",
    "GoldenOption",
    "ModelOption",
    "PromptOption",
    "RunArgument",
    "check_each",
    "eval_parts",
    "write_files",
]

FormatOption = Annotated[
    FileFormat | None, typer.Option("--format", help="Default: the file's suffix.")
]
GoldenOption = Annotated[Path, typer.Option(help="Folder of golden cases.", file_okay=False)]
ModelOption = Annotated[
    str | None, typer.Option(help="Model names, comma-separated, instead of the configured ones.")
]
PromptOption = Annotated[str | None, typer.Option(help="Prompt name and version, such as grade@1.")]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="Folder of a run.", file_okay=False)
]
GatesOption = Annotated[Path, typer.Option(help="File of gates.", dir_okay=False)]
BaselinesOption = Annotated[Path, typer.Option(help="Folder of accepted runs.", file_okay=False)]


def check_each(check: Callable[[Path], None]) -> Callable[[list[Path] | None], list[Path] | None]:
    """Make a callback that checks each file before the command does any work.

    Without it, a report with an unknown suffix would be refused only after all the grading.
    """

    def check_files(files: list[Path] | None) -> list[Path] | None:
        for file in files or ():
            check(file)
        return files

    return check_files


FilesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        help="Report to write: .html, .md, .xml (JUnit) or .json; may be given several times.",
        dir_okay=False,
        callback=check_each(check_suffix),
    ),
]


def eval_parts(
    context: typer.Context,
    judge: JudgeName | None,
    model: str | None = None,
    prompt: str | None = None,
) -> Parts:
    """Build the parts of a judge to measure: nothing stands in for it, no grade is shared."""
    chosen = {"models": model, "prompt": prompt}
    given = {name: value for name, value in chosen.items() if value is not None}
    return build_parts(context, judge, **given, fallback="none", cache_size=0)


def write_files(report: RunReport, files: Sequence[Path] | None) -> None:
    """Write each report and say where it is."""
    for file in files or ():
        write_report(report, file)
        say(f"wrote {file}")
