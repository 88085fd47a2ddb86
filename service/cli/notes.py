"""`probewise notes`."""

import typer

from service.cli.options import (
    EngagementOption,
    FileArgument,
    JsonOption,
    JudgeOption,
    PlaybookOption,
    build_parts,
)
from service.cli.score_source import make_origin, read_file, score_source
from service.grading.scorecard import AUTO
from service.transcripts.formats import Format

__all__ = ["notes"]


def notes(
    context: typer.Context,
    file: FileArgument,
    playbook: PlaybookOption = AUTO,
    judge: JudgeOption = None,
    engagement: EngagementOption = None,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in a page of notes, in plain text or Markdown.

    Grades are stored only with --engagement. Exit code 0: every answer that was found is graded;
    1: an answer stayed ungraded; 2: the file, the playbook or a setting is wrong.

    Example: `probewise notes acme.md --playbook data-engineering --engagement acme-2026-11`
    """
    parts = build_parts(context, judge)
    page = read_file(file, Format.NOTES)
    origin = make_origin(page, "notes", engagement)
    score_source(page, parts, playbook, origin, file=file, json=json)
