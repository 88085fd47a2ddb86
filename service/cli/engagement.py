"""`probewise engagement`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from service.cli.console import console, visible
from service.cli.grade_card import COLOURS
from service.cli.options import build_parts
from service.engagements.coverage import cover
from service.engagements.engagement_sentences import (
    describe_coverage,
    describe_probes,
    describe_standing,
    format_minute,
    summarise,
)
from service.engagements.export import Form, export
from service.engagements.models import Attempt, Engagement, PlaybookCoverage, QuestionCoverage
from service.errors import ConfigurationError
from service.storage.engagements import EngagementRecord
from service.wiring import Parts

__all__ = ["engagement"]

_MOST_LISTED = 20

Found = TypeVar("Found")


def engagement(
    context: typer.Context,
    engagement_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Id of the engagement; without one, the latest are listed."
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown scorecard.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for a spreadsheet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what an engagement covered, what is weak in it, and what to ask next.

    It reads the grades that the service stored with this engagement_id.

    Example: `probewise engagement acme-2026-11 --markdown`
    """
    flags = {Form.MARKDOWN: markdown, Form.CSV: csv, Form.JSON: json}
    forms = [form for form, wanted in flags.items() if wanted]
    if len(forms) > 1 or (forms and engagement_id is None):
        raise typer.BadParameter("--markdown, --csv and --json take an ID, and go one at a time")
    parts = build_parts(context)
    if engagement_id is None:
        listing = _ask_database(parts, lambda: parts.engagements.list_page(_MOST_LISTED))
        _print_list(asyncio.run(listing))
        return
    found = _find_engagement(parts, engagement_id)
    if forms:
        typer.echo(export(found, forms[0]), nl=False)
    else:
        _print(found)


def _find_engagement(parts: Parts, engagement_id: str) -> Engagement:
    finding = _ask_database(parts, lambda: parts.grades.find_by_engagement(engagement_id))
    return cover(engagement_id, map(Attempt.of, asyncio.run(finding)), parts.catalogue)


async def _ask_database(parts: Parts, find: Callable[[], Awaitable[Found]]) -> Found:
    async with parts:
        await parts.database.check()
        if not await parts.database.is_ready():
            raise ConfigurationError(
                "PROBEWISE_DATABASE_URL: no grades are kept there; name the service's database, "
                "or run this in the folder where `probewise serve` runs"
            )
        return await find()


def _print_list(records: list[EngagementRecord]) -> None:
    table = Table("engagement", "questions", "grades", "last answer", box=None)
    for record in records:
        when = format_minute(record.updated_at)
        table.add_row(Text(visible(record.id)), str(record.questions), str(record.grades), when)
    console.print(table)


def _print(engagement: Engagement) -> None:
    console.print(
        Text.assemble((visible(engagement.id), "bold"), f"  {format_minute(engagement.updated_at)}")
    )
    console.print(Text(summarise(engagement)))
    for playbook in engagement.playbooks:
        console.print()
        console.print(_draw_playbook(playbook))
    if engagement.probes:
        console.print("\n[bold]Ask next[/]")
        console.print(_draw_probes(engagement))


def _draw_playbook(playbook: PlaybookCoverage) -> Table:
    title = f"{playbook.title or playbook.id}: {describe_coverage(playbook.counts)}"
    table = Table(box=None, show_header=False, title=Text(visible(title)), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(max_width=24)
    table.add_column(ratio=1)
    for question in playbook.questions:
        style = COLOURS[question.latest.verdict] if question.latest else "dim"
        table.add_row(
            Text(visible(question.id), style=style),
            _draw_standing(question, style),
            Text(visible(question.text or ""), style="" if question.latest else "dim"),
        )
    return table


def _draw_standing(question: QuestionCoverage, style: str) -> Text:
    review = question.latest and question.latest.needs_review
    return Text.assemble(
        (describe_standing(question), style), (" review ", "reverse") if review else ""
    )


def _draw_probes(engagement: Engagement) -> Table:
    table = Table(box=None, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(max_width=24)
    table.add_column(ratio=1)
    for probe in engagement.probes:
        table.add_row(
            Text(visible(probe.question_id), style=COLOURS[probe.verdict]),
            Text(f"{probe.verdict}{describe_probes(probe)}", style=COLOURS[probe.verdict]),
            Text(visible(probe.probe), style="bold cyan"),
        )
    return table
