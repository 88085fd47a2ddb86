"""Draw one grade as a card that a person reads at a glance."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.cli.console import visible
from service.judging.embedded.measured import read_measured, sum_up
from service.judging.models import Answer, Grade, SignalGrade, SignalStatus, Ungraded, Verdict
from service.judging.review import ReviewReason
from service.playbooks.models import Question, SignalKind

__all__ = ["COLOURS", "draw_grade_card", "draw_ungraded_card"]

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


_REVIEW = {
    ReviewReason.LOW_CONFIDENCE: "the judge is not sure",
    ReviewReason.SIGNALS_DISAGREE: "the signals speak for another verdict",
    ReviewReason.UNFAMILIAR_QUESTION: "the judge was not trained on this question",
    ReviewReason.BORDERLINE: "another verdict could be defended",
    ReviewReason.REPAIRED: "the model's reply broke the rules twice",
    ReviewReason.STAND_IN: "no LLM answered, the built-in judge stood in",
    ReviewReason.READ_IN_PART: "the answer is long and was read in part",
    ReviewReason.SUSPECTED_INSTRUCTIONS: "it seems to talk to the grader",
    ReviewReason.RECITED_PLAYBOOK: "it recites the playbook",
    ReviewReason.UNKNOWN_SIDE: "perhaps it is not the customer who speaks",
    ReviewReason.GIBBERISH: "it seems to be no language",
}


def draw_grade_card(question: Question, answer: Answer, grade: Grade) -> Panel:
    """Draw the verdict, the answer with its evidence highlighted, signals, probe and insight."""
    parts: list[RenderableType] = [
        Text(question.text, style="bold"),
        Text(),
        _highlight_evidence(answer, grade),
        Text(),
        _draw_signals(grade),
        Text(),
    ]
    if grade.rationale:
        parts.append(_label("Why", grade.rationale))
    if grade.probe:
        parts.append(_label("Ask next", grade.probe, style="bold cyan"))
    if grade.insight:
        parts.append(_label("Insight", grade.insight))
    if grade.review:
        reasons = "; ".join(_REVIEW[reason] for reason in grade.review)
        parts.append(_label("Look at it yourself", reasons, style="bold"))
    if grade.judge.model and (measured := read_measured(grade.judge.model)):
        parts += [Text(), Text(sum_up(measured), style="dim")]
    return Panel(
        Group(*parts),
        title=_make_title(grade),
        subtitle=_make_subtitle(grade),
        border_style=COLOURS[grade.verdict],
        padding=(1, 2),
    )


def draw_ungraded_card(question: Question, ungraded: Ungraded) -> Panel:
    """Draw the reason why there is no grade."""
    reason = _label(ungraded.reason.value, ungraded.detail)
    return Panel(
        Group(Text(question.text, style="bold"), Text(), reason),
        title=f"[bold]UNGRADED[/]  {question.id}",
        border_style="white",
        padding=(1, 2),
    )


def _make_title(grade: Grade) -> str:
    sure = "" if grade.confidence is None else f"  {grade.confidence:.0%} sure"
    review = "  [reverse] review [/]" if grade.needs_review else ""
    colour = COLOURS[grade.verdict]
    return f"[bold {colour}]{grade.verdict.upper()}[/]  {escape(grade.question_id)}{sure}{review}"


def _make_subtitle(grade: Grade) -> str:
    judge = grade.judge
    cost = f", ${judge.cost_usd:.4f}" if judge.cost_usd else ""
    flags = "".join(f", {flag.value.replace('_', ' ')}" for flag in grade.flags)
    stood_in = ", stood in for the LLM" if judge.fallback_reason else ""
    model = f" {escape(judge.model)}" if judge.model else ""
    return f"[dim]{judge.kind}{model}, {judge.latency_ms} ms{cost}{flags}{stood_in}[/]"


def _highlight_evidence(answer: Answer, grade: Grade) -> Text:
    text = Text(visible(answer.text), style="italic")
    for signal in grade.signals:
        for evidence in signal.evidence:
            text.stylize(_choose_style(signal), evidence.start, evidence.end)
    return text


def _draw_signals(grade: Grade) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for signal in grade.signals:
        style = _choose_style(signal) if signal.status is not SignalStatus.ABSENT else "dim"
        mark = Text(f"{_MARKS[signal.status]} {signal.id}", style=style)
        table.add_row(mark, Text(signal.status, style=style), Text(signal.text, style=style))
    return table


def _choose_style(signal: SignalGrade) -> str:
    if signal.status is SignalStatus.PLANNED:
        return "yellow"
    # A contradicted weak signal speaks for the customer, as a good one that is shown does.
    speaks_for = (signal.kind is SignalKind.GOOD) is (signal.status is SignalStatus.SHOWN)
    return "green" if speaks_for else "red"


def _label(label: str, text: str, style: str = "") -> Text:
    return Text.assemble((f"{label}: ", "bold"), (visible(text), style))
