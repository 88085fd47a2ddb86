"""Compare signals and quotes with their labels, and quotes with the answer."""

from collections.abc import Iterator, Sequence

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.metrics.figure import Figure, blame_grades, make_figure
from service.evaluation.metrics.statistics import Estimate, estimate_share_if_any
from service.judging.models import SignalStatus
from service.records import Frozen

__all__ = ["SignalFigures", "measure_signals"]


class SignalFigures(Frozen):
    """Figures over every signal that a label or a grade names.

    `shown_f1` is the F1 of the status `shown`. `status_accuracy` is the share of equal statuses
    among the signals that are not absent in both. `evidence_valid` is the share of quotes that are
    in the answer at their offsets. `evidence_hit` is the share of rightly found signals whose
    quotes share a character with a labelled quote.
    """

    shown_f1: float | None
    status_accuracy: Estimate | None
    evidence_valid: Estimate | None
    evidence_hit: Estimate | None

    def list_figures(self) -> Iterator[Figure]:
        """Yield the figures of statuses, then those of quotes."""
        blame_status = blame_grades(_has_another_status)
        yield make_figure(
            "shown_f1", "signal shown, F1", self.shown_f1, blame=blame_status, is_headline=True
        )
        yield make_figure(
            "status_accuracy", "signal statuses", self.status_accuracy, blame=blame_status
        )
        yield make_figure(
            "evidence_valid",
            "quotes that stand in the answer",
            self.evidence_valid,
            blame=blame_grades(_has_a_false_quote),
            is_headline=True,
        )
        yield make_figure(
            "evidence_hit",
            "quotes that meet a labelled one",
            self.evidence_hit,
            blame="another quote of the answer may show the signal as well as the labelled one",
            is_headline=True,
        )


def measure_signals(results: Sequence[CaseResult]) -> SignalFigures:
    """Measure the signals and quotes of the graded results."""
    graded = [(result.case, result.given) for result in results if result.given]
    pairs = [pair for case, given in graded for pair in _pair_statuses(case, given)]
    both = sum(a is b is SignalStatus.SHOWN for a, b in pairs)
    either = sum((a is SignalStatus.SHOWN) + (b is SignalStatus.SHOWN) for a, b in pairs)
    valid = [_count_verbatim_quotes(case, given) for case, given in graded]
    hits = [hit for case, given in graded for hit in _find_hits(case, given)]
    return SignalFigures(
        shown_f1=2 * both / either if either else None,
        status_accuracy=estimate_share_if_any(sum(a is b for a, b in pairs), len(pairs)),
        evidence_valid=estimate_share_if_any(
            sum(real for real, _ in valid), sum(n for _, n in valid)
        ),
        evidence_hit=estimate_share_if_any(sum(hits), len(hits)),
    )


def _has_another_status(case: Case, given: GivenGrade) -> bool:
    return any(label is not found for label, found in _pair_statuses(case, given))


def _has_a_false_quote(case: Case, given: GivenGrade) -> bool:
    real, quotes = _count_verbatim_quotes(case, given)
    return real < quotes


def _count_verbatim_quotes(case: Case, given: GivenGrade) -> tuple[int, int]:
    """Count a grade's quotes that are in the answer at their offsets, and all of its quotes."""
    quotes = [evidence for signal in given.signals.values() for evidence in signal.evidence]
    real = [
        quote.quote != ""
        and case.answer[quote.start : quote.end] == quote.quote
        and quote.end <= len(case.answer)
        for quote in quotes
    ]
    return sum(real), len(real)


def _pair_statuses(case: Case, given: GivenGrade) -> Iterator[tuple[SignalStatus, SignalStatus]]:
    """Yield the labelled and the given status of each signal that is not absent in both."""
    for signal_id in sorted(case.signals.keys() | given.signals.keys()):
        label, found = case.signals.get(signal_id), given.signals.get(signal_id)
        pair = (
            label.status if label else SignalStatus.ABSENT,
            found.status if found else SignalStatus.ABSENT,
        )
        if pair != (SignalStatus.ABSENT, SignalStatus.ABSENT):
            yield pair


def _find_hits(case: Case, given: GivenGrade) -> Iterator[bool]:
    """Yield for each signal with its labelled status if one of its quotes meets a labelled one."""
    for signal_id, label in case.signals.items():
        found = given.signals.get(signal_id)
        if label.quotes and found and found.status is label.status:
            spans = [_find_span(case.answer, quote) for quote in label.quotes]
            yield any(
                e.start < end and start < e.end for e in found.evidence for start, end in spans
            )


def _find_span(answer: str, quote: str) -> tuple[int, int]:
    start = answer.find(quote)
    return start, start + len(quote)
