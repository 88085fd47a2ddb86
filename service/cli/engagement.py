"""`probewise engagement`."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from service.cli.cards import COLOURS, console, visible
from service.cli.options import build_parts
from service.engagements.coverage import cover
from service.engagements.exports import Form, export
from service.engagements.models import Attempt, Engagement, PlaybookCoverage, QuestionCoverage
from service.engagements.sentences import coverage, minute, probed, standing, summary
from service.errors import ConfigurationError
from service.storage.engagements import EngagementRecord
from service.wiring import Parts

__all__ = ["engagement"]

_LISTED = 20

Found = TypeVar("Found")


def engagement(
    context: typer.Context,
    engagement_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="The engagement; without one, the latest are listed."),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown scorecard.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """What an engagement covered, what is weak, and what to ask next.

    Reads the grades that the service kept with this engagement_id.

    Example: `probewise engagement acme-2026-11 --markdown`
    """
    flags = {Form.MARKDOWN: markdown, Form.CSV: csv, Form.JSON: json}
    forms = [form for form, wanted in flags.items() if wanted]
    if len(forms) > 1 or (forms and engagement_id is None):
        raise typer.BadParameter("--markdown, --csv and --json take an ID, and go one at a time")
    parts = build_parts(context)
    if engagement_id is None:
        _show_list(asyncio.run(_with_grades(parts, parts.engagements.list_page(_LISTED))))
        return
    found = _engagement(parts, engagement_id)
    if forms:
        typer.echo(export(found, forms[0]), nl=False)
    else:
        _show(found)


def _engagement(parts: Parts, engagement_id: str) -> Engagement:
    finding = parts.grades.find_by_engagement(engagement_id)
    stored = asyncio.run(_with_grades(parts, finding))
    return cover(engagement_id, map(Attempt.of, stored), parts.catalogue)


async def _with_grades(parts: Parts, finding: Coroutine[None, None, Found]) -> Found:
    async with parts:
        if not await parts.database.is_ready():
            finding.close()
            raise ConfigurationError(
                "PROBEWISE_DATABASE_URL: no grades are kept there; name the service's database, "
                "or run this in the folder where `probewise serve` runs"
            )
        return await finding


def _show_list(records: list[EngagementRecord]) -> None:
    table = Table("engagement", "questions", "grades", "last answer", box=None)
    for record in records:
        when = minute(record.updated_at)
        table.add_row(Text(visible(record.id)), str(record.questions), str(record.grades), when)
    console.print(table)


def _show(engagement: Engagement) -> None:
    console.print(
        Text.assemble((visible(engagement.id), "bold"), f"  {minute(engagement.updated_at)}")
    )
    console.print(Text(summary(engagement)))
    for playbook in engagement.playbooks:
        console.print()
        console.print(_playbook(playbook))
    if engagement.probes:
        console.print("\n[bold]Ask next[/]")
        console.print(_probes(engagement))


def _playbook(playbook: PlaybookCoverage) -> Table:
    title = f"{playbook.title or playbook.id}: {coverage(playbook.counts)}"
    table = Table(box=None, show_header=False, title=Text(visible(title)), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(max_width=24)
    table.add_column(ratio=1)
    for question in playbook.questions:
        style = COLOURS[question.latest.verdict] if question.latest else "dim"
        table.add_row(
            Text(visible(question.id), style=style),
            _standing(question, style),
            Text(visible(question.text or ""), style="" if question.latest else "dim"),
        )
    return table


def _standing(question: QuestionCoverage, style: str) -> Text:
    review = question.latest and question.latest.needs_review
    return Text.assemble((standing(question), style), (" review ", "reverse") if review else "")


def _probes(engagement: Engagement) -> Table:
    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=24)
    table.add_column(ratio=1)
    for probe in engagement.probes:
        table.add_row(
            Text(visible(probe.question_id), style=COLOURS[probe.verdict]),
            Text(f"{probe.verdict}{probed(probe)}", style=COLOURS[probe.verdict]),
            Text(visible(probe.probe), style="bold cyan"),
        )
    return table
