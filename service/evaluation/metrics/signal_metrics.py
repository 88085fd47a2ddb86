"""How well the signals of graded cases meet their labels, and whether every quote is real."""

from collections.abc import Iterator, Sequence

from service.evaluation.cases.case import Case
from service.evaluation.metrics.statistics import Estimate, proportion
from service.evaluation.runs.run import Given, Line
from service.judging.models import SignalStatus
from service.records import Frozen

__all__ = ["SignalFigures", "is_verbatim", "signal_figures", "statuses"]


class SignalFigures(Frozen):
    """Over every signal that a label or a grade speaks of.

    `shown_f1` is the F1 of the status `shown`; `status_accuracy` the share of equal statuses where
    either is not absent; `evidence_valid` the share of quotes that stand in the answer where they
    claim to; `evidence_hit` the share of rightly found signals whose quotes share a character
    with a labelled quote.
    """

    shown_f1: float | None
    status_accuracy: Estimate | None
    evidence_valid: Estimate | None
    evidence_hit: Estimate | None


def signal_figures(lines: Sequence[Line]) -> SignalFigures:
    """The figures of the graded lines."""
    graded = [(line.case, line.given) for line in lines if line.given]
    pairs = [pair for case, given in graded for pair in statuses(case, given)]
    both = sum(a is b is SignalStatus.SHOWN for a, b in pairs)
    either = sum((a is SignalStatus.SHOWN) + (b is SignalStatus.SHOWN) for a, b in pairs)
    valid = [is_verbatim(case, given) for case, given in graded]
    hits = [hit for case, given in graded for hit in _hits(case, given)]
    return SignalFigures(
        shown_f1=2 * both / either if either else None,
        status_accuracy=proportion(sum(a is b for a, b in pairs), len(pairs)),
        evidence_valid=proportion(sum(real for real, _ in valid), sum(n for _, n in valid)),
        evidence_hit=proportion(sum(hits), len(hits)),
    )


def is_verbatim(case: Case, given: Given) -> tuple[int, int]:
    """How many of a grade's quotes stand in the answer at their offsets, and how many there are."""
    quotes = [evidence for signal in given.signals.values() for evidence in signal.evidence]
    real = [
        quote.quote != ""
        and case.answer[quote.start : quote.end] == quote.quote
        and quote.end <= len(case.answer)
        for quote in quotes
    ]
    return sum(real), len(real)


def statuses(case: Case, given: Given) -> Iterator[tuple[SignalStatus, SignalStatus]]:
    """Labelled and given status of each signal that is not absent in both."""
    for signal_id in sorted(case.signals.keys() | given.signals.keys()):
        label, found = case.signals.get(signal_id), given.signals.get(signal_id)
        pair = (
            label.status if label else SignalStatus.ABSENT,
            found.status if found else SignalStatus.ABSENT,
        )
        if pair != (SignalStatus.ABSENT, SignalStatus.ABSENT):
            yield pair


def _hits(case: Case, given: Given) -> Iterator[bool]:
    """For each signal found with its labelled status: does a quote meet a labelled one?"""
    for signal_id, label in case.signals.items():
        found = given.signals.get(signal_id)
        if label.quotes and found and found.status is label.status:
            spans = [_span(case.answer, quote) for quote in label.quotes]
            yield any(
                e.start < end and start < e.end for e in found.evidence for start, end in spans
            )


def _span(answer: str, quote: str) -> tuple[int, int]:
    start = answer.find(quote)
    return start, start + len(quote)
