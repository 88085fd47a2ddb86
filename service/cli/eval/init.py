"""`probewise eval init`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.eval.options import GoldenOption
from service.cli.options import build_parts
from service.evaluation.starter.starter_files import (
    Server,
    name_commands,
    plan_starter_files,
    write_starter_files,
)

__all__ = ["init"]


def init(
    context: typer.Context,
    gitlab: Annotated[
        bool, typer.Option("--gitlab", help="Write a job for GitLab in place of GitHub Actions.")
    ] = False,
    golden: GoldenOption = Path("evals/golden"),
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the files that are there.")
    ] = False,
) -> None:
    """Begin evals in a repository: three golden cases, gates, and a workflow that runs them.

    The cases ask the first questions of the playbooks in use (PROBEWISE_PLAYBOOKS, or else the
    built-in ones). A golden folder that has cases already gets no others. What is there is left
    alone. The command to run next is shown.

    Example: `probewise eval init --gitlab`
    """
    parts = build_parts(context)
    server = Server.GITLAB if gitlab else Server.GITHUB
    files = plan_starter_files(
        parts.catalogue, server, golden=golden, playbooks=parts.settings.playbooks
    )
    for file, reason in write_starter_files(files, force=force):
        say(f"left {file.path} alone: {reason}" if reason else f"wrote {file.path}")
    say("next, and after each change of cases, gates or playbooks (each run in a new folder):")
    print(" && ".join(name_commands(golden, "runs/first")))  # noqa: T201 - plain, for copying
