"""Mark the evidence in an answer: the signal that each part of it shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import GivenGrade
from service.judging.models import Evidence, SignalStatus

__all__ = ["Segment", "find_misquotes", "mark_evidence"]


@dataclass(frozen=True)
class Segment:
    """A part of an answer.

    `shows` names the signals that it is evidence of, with their status unless that is `shown`.
    `kind` is `for` or `against` the customer, `planned`, or `mixed`; empty if it is no evidence.
    """

    text: str
    shows: str = ""
    kind: str = ""


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    signal_id: str
    status: SignalStatus

    @property
    def kind(self) -> str:
        if self.status is SignalStatus.PLANNED:
            return "planned"
        is_good = self.signal_id.startswith("good")
        return "for" if is_good is (self.status is SignalStatus.SHOWN) else "against"

    @property
    def shows(self) -> str:
        return self.signal_id + ("" if self.status is SignalStatus.SHOWN else f" {self.status}")


def mark_evidence(case: Case, given: GivenGrade) -> list[Segment]:
    """Cut the answer at the starts and ends of evidence; the segments joined are the answer."""
    spans = [
        _Span(evidence.start, evidence.end, signal_id, given.signals[signal_id].status)
        for signal_id, evidence in _list_evidence(given)
        if _is_verbatim(case.answer, evidence)
    ]
    cuts = sorted({0, len(case.answer), *(cut for span in spans for cut in (span.start, span.end))})
    return [
        _make_segment(
            case.answer[start:end], [s for s in spans if s.start <= start and end <= s.end]
        )
        for start, end in pairwise(cuts)
    ]


def find_misquotes(case: Case, given: GivenGrade) -> list[tuple[str, str]]:
    """Find evidence that is not in the answer at its offsets; return its signal and quote."""
    return [
        (signal_id, evidence.quote)
        for signal_id, evidence in _list_evidence(given)
        if not _is_verbatim(case.answer, evidence)
    ]


def _list_evidence(given: GivenGrade) -> Iterator[tuple[str, Evidence]]:
    for signal_id, signal in given.signals.items():
        for evidence in signal.evidence:
            yield signal_id, evidence


def _is_verbatim(answer: str, evidence: Evidence) -> bool:
    quote, start = evidence.quote, evidence.start
    return bool(quote) and evidence.end == start + len(quote) and answer.startswith(quote, start)


def _make_segment(text: str, spans: Sequence[_Span]) -> Segment:
    if not spans:
        return Segment(text)
    kinds, shows = {span.kind for span in spans}, dict.fromkeys(span.shows for span in spans)
    return Segment(text, ", ".join(shows), kinds.pop() if len(kinds) == 1 else "mixed")
