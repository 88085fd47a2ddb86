"""`probewise notes`."""

import typer

from service.cli.console import say
from service.cli.options import (
    AssignOption,
    EngagementOption,
    ExplainOption,
    FileArgument,
    JsonOption,
    JudgeOption,
    PlaybookOption,
    build_parts,
)
from service.cli.score_source import (
    explain_lines,
    make_origin,
    read_assigned_lines,
    read_content,
    read_file,
    score_source,
)
from service.grading.scorecard import AUTO
from service.transcripts.formats import Format, find_call
from service.transcripts.read_source import read_text
from service.transcripts.sides import resolve_sides

__all__ = ["notes"]


def notes(
    context: typer.Context,
    file: FileArgument,
    playbook: PlaybookOption = AUTO,
    judge: JudgeOption = None,
    engagement: EngagementOption = None,
    assign: AssignOption = None,
    explain: ExplainOption = False,
    json: JsonOption = False,
) -> None:
    """Find and grade every question in a page of notes, in plain text or Markdown.

    Lines are the customer's, but for `Q:` and what stands under words such as `Our recommendation`.
    A file that is surely the transcript of a call is read as one. `--explain` shows what was
    understood of each line, and grades nothing. `--assign` gives a line that was left out, or went
    to the wrong question, to the right one.
    Grades are stored only with --engagement. Exit code 0: every answer that was found is graded;
    1: an answer stayed ungraded; 2: the file, the playbook or a setting is wrong.

    Example: `probewise notes acme.md --playbook data-engineering --engagement acme-2026-11`
    """
    parts = build_parts(context, judge)
    ours = parts.settings.ours
    content = read_content(file)
    page = resolve_sides(read_file(content, file, Format.NOTES, ours), ours)
    if call := find_call(read_text(content)):
        say(f"this is the transcript of a call ({call}), and is read as one; see also `transcript`")
    lines = read_assigned_lines(assign or (), playbook)
    if explain:
        explain_lines(content, page, parts, playbook, lines, file=file, json=json)
        return
    origin = make_origin(page, "notes", engagement)
    score_source(page, parts, playbook, origin, lines, file=file, json=json)
