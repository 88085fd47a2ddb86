"""Grades as cards a person reads at a glance."""

import unicodedata

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.judging.models import Answer, Grade, SignalGrade, SignalStatus, Ungraded, Verdict
from service.playbooks.models import Question, SignalKind

__all__ = [
    "COLOURS",
    "console",
    "counted",
    "errors",
    "grade_card",
    "say",
    "ungraded_card",
    "visible",
]

console = Console()
errors = Console(stderr=True)


COLOURS = {
    Verdict.GOOD: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.WEAK: "red",
    Verdict.UNANSWERED: "magenta",
}
_MARKS = {
    SignalStatus.SHOWN: "●",
    SignalStatus.PLANNED: "◐",
    SignalStatus.CONTRADICTED: "✗",
    SignalStatus.ABSENT: "○",
}


def say(line: str) -> None:
    """One line on standard error, as it is: no markup, no wrapping."""
    errors.print(line, markup=False, highlight=False, soft_wrap=True)


def counted(n: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def grade_card(question: Question, answer: Answer, grade: Grade) -> Panel:
    """The verdict, the answer with its evidence highlighted, every signal, probe and insight."""
    parts: list[RenderableType] = [
        Text(question.text, style="bold"),
        Text(),
        _highlighted(answer, grade),
        Text(),
        _signals(grade),
        Text(),
    ]
    if grade.rationale:
        parts.append(_line("Why", grade.rationale))
    if grade.probe:
        parts.append(_line("Ask next", grade.probe, style="bold cyan"))
    parts.append(_line("Insight", grade.insight))
    return Panel(
        Group(*parts),
        title=_title(grade),
        subtitle=_subtitle(grade),
        border_style=COLOURS[grade.verdict],
        padding=(1, 2),
    )


def ungraded_card(question: Question, ungraded: Ungraded) -> Panel:
    """Why there is no grade."""
    said = Group(
        Text(question.text, style="bold"), Text(), _line(ungraded.reason.value, ungraded.detail)
    )
    return Panel(
        said, title=f"[bold]UNGRADED[/]  {question.id}", border_style="white", padding=(1, 2)
    )


def _title(grade: Grade) -> str:
    sure = "" if grade.confidence is None else f"  {grade.confidence:.0%} sure"
    review = "  [reverse] review [/]" if grade.needs_review else ""
    colour = COLOURS[grade.verdict]
    return f"[bold {colour}]{grade.verdict.upper()}[/]  {escape(grade.question_id)}{sure}{review}"


def _subtitle(grade: Grade) -> str:
    judge = grade.judge
    cost = f", ${judge.cost_usd:.4f}" if judge.cost_usd else ""
    flags = "".join(f", {flag.value.replace('_', ' ')}" for flag in grade.flags)
    stood_in = ", stood in for the LLM" if judge.fallback_reason else ""
    model = f" {escape(judge.model)}" if judge.model else ""
    return f"[dim]{judge.kind}{model}, {judge.latency_ms} ms{cost}{flags}{stood_in}[/]"


def _highlighted(answer: Answer, grade: Grade) -> Text:
    text = Text(visible(answer.text), style="italic")
    for signal in grade.signals:
        for evidence in signal.evidence:
            text.stylize(_style(signal), evidence.start, evidence.end)
    return text


def _signals(grade: Grade) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for signal in grade.signals:
        style = _style(signal) if signal.status is not SignalStatus.ABSENT else "dim"
        mark = Text(f"{_MARKS[signal.status]} {signal.id}", style=style)
        table.add_row(mark, Text(signal.status, style=style), Text(signal.text, style=style))
    return table


def _style(signal: SignalGrade) -> str:
    if signal.status is SignalStatus.PLANNED:
        return "yellow"
    is_for = (signal.kind is SignalKind.GOOD) is (signal.status is SignalStatus.SHOWN)
    return "green" if is_for else "red"


def _line(label: str, said: str, style: str = "") -> Text:
    return Text.assemble((f"{label}: ", "bold"), (visible(said), style))


def visible(text: str) -> str:
    """The text with a space for each character that steers a terminal, so that offsets hold."""
    return "".join(
        " " if unicodedata.category(character) == "Cc" and character not in "\n\t" else character
        for character in text
    )
