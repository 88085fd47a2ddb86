"""Draw what was understood of each line of notes or a call."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.cli.console import visible
from service.cli.locations import format_clock
from service.grading.explained_lines import ExplainedLine, ExplainedSource
from service.transcripts.turns import Side

__all__ = ["draw_explanation"]

_COLOURS = {Side.CUSTOMER: "green", Side.SELLER: "blue", Side.UNKNOWN: "yellow"}


def draw_explanation(source: ExplainedSource, *, name: str, note: str) -> RenderableType:
    """Draw a row for each line: its number, who speaks, whose side, what it answers, its words."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("speaker", max_width=24, no_wrap=True, overflow="ellipsis")
    table.add_column("side", no_wrap=True)
    table.add_column("answers", overflow="fold", max_width=30)
    table.add_column("text", ratio=1, no_wrap=True, overflow="ellipsis")
    for line in source.lines:
        table.add_row(*_draw_row(line))
    head = Text.assemble((visible(name), "bold"), "  nothing is graded")
    return Group(head, *([Text(note, style="yellow")] if note else []), Text(), table)


def _draw_row(line: ExplainedLine) -> tuple[RenderableType, ...]:
    answers = (
        Text(", ".join(line.questions)) if line.questions else Text(line.left_out or "", "dim")
    )
    clock = "" if line.start_ms is None else f"{format_clock(line.start_ms)} "
    return (
        str(line.line or ""),
        Text.assemble((clock, "dim"), visible(line.speaker or "")),
        Text(line.side or "", _COLOURS[line.side] if line.side else ""),
        answers,
        Text(visible(line.text)),
    )
