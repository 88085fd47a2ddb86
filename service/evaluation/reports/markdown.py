"""Markdown for a job summary: red or green, why, and what changed."""

import re
from collections.abc import Iterator

from service.evaluation.comparison import Comparison, Flip
from service.evaluation.gates import Gating
from service.evaluation.metrics import Metrics
from service.evaluation.reports import Report, headline, interval
from service.judging.models import Verdict

__all__ = ["markdown"]

SHOWN_FLIPS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(report: Report) -> str:
    """A page that can be read in a minute, the reason of a red build first."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"## Probewise: {report.title}"
    yield ""
    if report.gating:
        yield from _gates(report.gating)
    if report.comparison:
        yield from _comparison(report.comparison)
    yield from _figures(report.metrics)
    yield from _confusion(report.metrics)
    yield from _questions(report)


def _gates(gating: Gating) -> Iterator[str]:
    state = {0: "✅ every gate held", 1: "❌ a gate failed", 2: "⚠️ the run broke"}
    yield f"**{state[gating.exit_code]}**"
    yield ""
    yield from (f"- ⚠️ {_plain(reason)}" for reason in gating.broken)
    for result in gating.failed:
        where = f" ({', '.join(result.questions[:3])})" if result.questions else ""
        yield f"- ❌ {_plain(result.said)}{where}"
    if gating.broken or gating.failed:
        yield ""


def _comparison(comparison: Comparison) -> Iterator[str]:
    change = comparison.accuracy
    yield f"### Against {_plain(comparison.base)}"
    yield ""
    yield (
        f"{comparison.paired} cases in both: accuracy {change.value:+.3f} "
        f"({change.low:+.3f} to {change.high:+.3f}), {comparison.won} newly right, "
        f"{comparison.lost} newly wrong (McNemar p = {comparison.p_value:.3f})."
    )
    yield ""
    yield from (f"- differs: {_plain(difference)}" for difference in comparison.differences)
    if comparison.differences:
        yield ""
    if comparison.flips:
        yield from _flips(comparison.flips)


def _flips(flips: tuple[Flip, ...]) -> Iterator[str]:
    yield "| case | expected | base | new | why, said the new run |"
    yield "|---|---|---|---|---|"
    first = sorted(flips, key=lambda flip: (not flip.was_lost, flip.case.id))
    for flip in first[:SHOWN_FLIPS]:
        mark = "❌ " if flip.was_lost else "✅ " if flip.was_won else ""
        yield (
            f"| {mark}{flip.case.id} | {flip.case.verdict} | {flip.base.verdict} "
            f"| {flip.new.verdict} | {_plain(flip.new.rationale)[:200]} |"
        )
    if len(first) > SHOWN_FLIPS:
        yield f"| and {len(first) - SHOWN_FLIPS} more | | | | |"
    yield ""


def _figures(metrics: Metrics) -> Iterator[str]:
    ungraded = sum(metrics.ungraded.values())
    yield f"### {metrics.cases} cases, {ungraded} ungraded"
    yield ""
    yield "| figure | value (95 % interval) |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in headline(metrics))
    yield ""


def _confusion(metrics: Metrics) -> Iterator[str]:
    names = [verdict.value for verdict in Verdict]
    yield f"| expected ↓ given → | {' | '.join(names)} | recall | precision |"
    yield "|---" * (len(names) + 3) + "|"
    for verdict, row in metrics.verdicts.confusion.items():
        one = metrics.verdicts.by_verdict[verdict]
        counts = " | ".join(str(row[given]) for given in Verdict)
        yield f"| {verdict} | {counts} | {interval(one.recall)} | {interval(one.precision)} |"
    yield ""


def _questions(report: Report) -> Iterator[str]:
    yield "<details><summary>By question</summary>"
    yield ""
    yield "| question | cases | accuracy | newly wrong | newly right |"
    yield "|---|---|---|---|---|"
    for name, group in report.metrics.groups["question"].items():
        change = report.comparison.questions.get(name) if report.comparison else None
        moved = f"{change.lost} | {change.won}" if change else "- | -"
        yield f"| {name} | {group.n} | {interval(group.accuracy)} | {moved} |"
    yield ""
    yield "</details>"


def _plain(text: str) -> str:
    """Text that stays text in a table."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
