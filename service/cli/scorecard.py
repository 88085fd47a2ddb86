"""Draw the scorecard of notes or a call, as a person reads it in a terminal."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.assignment.passages import LeftOutTurn, Moment
from service.cli.console import counted, visible
from service.cli.grade_card import COLOURS
from service.cli.locations import (
    describe_location,
    describe_moments,
    is_in_notes,
)
from service.grading.scorecard import GradedPassage, Scorecard
from service.judging.models import Evidence, Grade, SignalGrade, SignalStatus, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import SignalKind
from service.transcripts.sides import list_unknown_speakers
from service.transcripts.turns import NOTES, Side, Skipped, Transcript

__all__ = ["draw_scorecard", "explain_unknown_sides"]

_LONGEST_QUOTE = 200  # characters
_QUOTES = 2


def draw_scorecard(
    card: Scorecard, catalogue: Catalogue, *, name: str, note: str
) -> RenderableType:
    """Draw the verdicts with the words that decided them, then what was not found or left out."""
    parts: list[RenderableType] = [Text.assemble((visible(name), "bold"), f"  {_summarise(card)}")]
    if note:
        parts.append(Text(note, style="yellow"))
    for result in card.results:
        parts += [Text(), _draw_result(result, catalogue)]
    if card.not_found:
        parts += [Text(), Text("Not found", style="bold"), _draw_not_found(card, catalogue)]
    if card.unassigned:
        parts += [Text(), Text("Left out: answers no question", style="bold")]
        parts.append(_draw_unassigned(card.unassigned))
    if skipped := "; ".join(_describe_skipped(card.skipped)):
        parts += [Text(), Text(f"Not read: {skipped}.", style="dim")]
    return Group(*parts)


def explain_unknown_sides(source: Transcript, ours: Collection[str] = ()) -> str:
    """Explain how to name the customer, if it is not known who that is; else give no text.

    `ours` are the names of PROBEWISE_OURS.
    """
    unknown = [t for t in source.turns if t.side is Side.UNKNOWN and t.speaker_id != NOTES]
    if not unknown:
        return ""
    names = list_unknown_speakers(source)
    if any(turn.speaker_id == NOTES for turn in source.turns):
        named = f" ({visible(', '.join(names))})" if names else ""
        return (
            f"It is not known whether some lines{named} are the customer's or ours, so grades from "
            "them are marked for review. --explain shows which."
        )
    doubt = "It is not known who speaks for the customer, so these grades are marked for review."
    if not names:
        return (
            f"{doubt} The transcript names no speaker. For a page of notes, use `probewise notes`."
        )
    is_any_ours = any(turn.side is Side.SELLER for turn in source.turns)
    nobody = " None of PROBEWISE_OURS is among them." if ours and not is_any_ours else ""
    return visible(
        f"{doubt} Name all of the customer's people with --customer NAME, or ours with --ours NAME "
        f"(for every call: PROBEWISE_OURS). The speakers: {', '.join(names)}.{nobody}"
    )


def _summarise(card: Scorecard) -> str:
    tally = card.tally
    if not card.results:
        return "no question found"
    found = f"{len(card.results)} of {counted(tally.questions, 'question')} found"
    kinds = [*tally.verdicts.items(), ("ungraded", tally.ungraded)]
    return f"{found}: {', '.join(f'{n} {kind}' for kind, n in kinds if n)}"


def _draw_result(result: GradedPassage, catalogue: Catalogue) -> Table:
    grade = result.grade
    verdict, style = (grade.verdict.upper(), COLOURS[grade.verdict]) if grade else ("UNGRADED", "")
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, width=len("UNANSWERED"))
    table.add_column(ratio=1)
    head = Text(result.question_id, style="bold")
    if grade and grade.confidence is not None:
        head.append(f"  {grade.confidence:.0%} sure", style="not bold")
    if grade and grade.needs_review:
        head.append("  ").append(" review ", style="not bold reverse")
    head.append(f"  {describe_moments(result.moments)}", style="not bold dim")
    question = Text(visible(catalogue.question(result.question_id).text), style="dim")
    question.no_wrap, question.overflow = True, "ellipsis"
    table.add_row(Text(verdict, style=f"bold {style}"), Group(head, question, *_draw_lines(result)))
    return table


def _draw_lines(result: GradedPassage) -> Iterator[Text]:
    grade = result.grade
    if result.ungraded:
        yield Text(visible(f"{result.ungraded.reason}: {result.ungraded.detail}"))
    if grade is None:
        return
    quotes = _find_deciding(grade)
    for signal, evidence in quotes:
        location = describe_location(_find_moment(result, evidence))
        status = "" if signal.status is SignalStatus.SHOWN else f" {signal.status}"
        shows = f" {signal.id}{status}"
        yield Text.assemble((f"{location} ", "dim"), _cut(evidence.quote), (shows, "dim"))
    if not quotes:
        yield Text.assemble(
            (f"{describe_location(result.moments[0])} ", "dim"), (_cut(result.answer), "dim")
        )
    if grade.probe:
        yield Text.assemble(("Ask next: ", "bold"), (visible(grade.probe), "cyan"))


def _find_deciding(grade: Grade) -> list[tuple[SignalGrade, Evidence]]:
    """Find the first quote of each kind that speaks for the verdict, the plainest kind first."""
    against = grade.verdict in {Verdict.WEAK, Verdict.UNANSWERED}
    first: dict[tuple[SignalKind, SignalStatus], SignalGrade] = {}
    for signal in grade.signals:
        is_for = (signal.kind is SignalKind.GOOD) and signal.status is SignalStatus.SHOWN
        if signal.evidence and not (against and is_for):
            first.setdefault((signal.kind, signal.status), signal)
    ranked = sorted(first.values(), key=lambda signal: signal.status is not SignalStatus.SHOWN)
    return [(signal, signal.evidence[0]) for signal in ranked[:_QUOTES]]


def _find_moment(result: GradedPassage, evidence: Evidence) -> Moment:
    """Find the moment in which a quote begins."""
    before = [moment for moment in result.moments if moment.start <= evidence.start]
    return before[-1] if before else result.moments[0]


def _draw_not_found(card: Scorecard, catalogue: Catalogue) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for question_id in card.not_found:
        table.add_row(question_id, Text(visible(catalogue.question(question_id).text), "dim"))
    return table


def _draw_unassigned(turns: Sequence[LeftOutTurn]) -> Group:
    """Draw every turn that was left out, and how to give one to its question."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for turn in turns:
        table.add_row(Text(describe_location(turn), "dim"), Text(_cut(turn.text), "dim"))
    if not all(map(is_in_notes, turns)):
        return Group(table)
    line = turns[0].line or turns[0].turn
    hint = f"If one of them answers a question, say so: --assign {line}=QUESTION"
    return Group(table, Text(hint, "dim"))


def _describe_skipped(skipped: Iterable[Skipped]) -> Iterator[str]:
    """Give each reason once, with the number of times it was given."""
    reasons = Counter(each.reason for each in skipped)
    yield from (f"{n} × {visible(reason)}" for reason, n in reasons.items())


def _cut(text: str) -> str:
    line = " ".join(visible(text).split())
    return f"“{line if len(line) <= _LONGEST_QUOTE else f'{line[: _LONGEST_QUOTE - 1]}…'}”"
