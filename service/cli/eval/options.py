"""Options that several `eval` commands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.options import build_parts
from service.evaluation.reports.report import Report
from service.evaluation.reports.report_files import check_suffix, write_report
from service.settings import JudgeName
from service.wiring import Parts

__all__ = [
    "BaselinesOption",
    "FilesOption",
    "GatesOption",
    "GoldenOption",
    "ModelOption",
    "PromptOption",
    "RunArgument",
    "all_pass",
    "eval_parts",
    "write_files",
]

GoldenOption = Annotated[Path, typer.Option(help="Folder of golden cases.", file_okay=False)]
ModelOption = Annotated[
    str | None, typer.Option(help="Model names, comma-separated, instead of the configured ones.")
]
PromptOption = Annotated[str | None, typer.Option(help="Prompt name and version, as grade@1.")]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="Folder of a run.", file_okay=False)
]
GatesOption = Annotated[Path, typer.Option(help="File of gates.", dir_okay=False)]
BaselinesOption = Annotated[Path, typer.Option(help="Folder of accepted runs.", file_okay=False)]


def all_pass(check: Callable[[Path], None]) -> Callable[[list[Path] | None], list[Path] | None]:
    """A callback that holds each file against the check, before any work is done for it.

    A report whose suffix says nothing would else be missed only afterwards.
    """

    def passed(files: list[Path] | None) -> list[Path] | None:
        for file in files or ():
            check(file)
        return files

    return passed


FilesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        help="Report to write: .html, .md, .xml (JUnit) or .json; may be given several times.",
        dir_okay=False,
        callback=all_pass(check_suffix),
    ),
]


def eval_parts(
    context: typer.Context,
    judge: JudgeName | None,
    model: str | None = None,
    prompt: str | None = None,
) -> Parts:
    """Build the parts of a measured judge: nothing stands in for it, and no call is shared."""
    chosen = {"models": model, "prompt": prompt}
    given = {name: value for name, value in chosen.items() if value is not None}
    return build_parts(context, judge, **given, fallback="none", cache_size=0)


def write_files(report: Report, files: Sequence[Path] | None) -> None:
    """Write each report and say where it is."""
    for file in files or ():
        write_report(report, file)
        say(f"wrote {file}")
