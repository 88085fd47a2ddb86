"""An answer with its evidence: which stretch of it shows which signal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.evaluation.cases.case import Case
from service.evaluation.runs.run import Given
from service.judging.models import Evidence, SignalStatus

__all__ = ["Segment", "marked", "misquoted"]


@dataclass(frozen=True)
class Segment:
    """A stretch of an answer.

    `shows` names the signals it is evidence of, with their status where that is not `shown`;
    `kind` is `for` or `against` the customer, `planned`, or `mixed`.
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


def marked(case: Case, given: Given) -> list[Segment]:
    """The answer cut where evidence starts or ends; the segments joined are the answer."""
    spans = [
        _Span(evidence.start, evidence.end, signal_id, given.signals[signal_id].status)
        for signal_id, evidence in _evidence(given)
        if _stands(case.answer, evidence)
    ]
    cuts = sorted({0, len(case.answer), *(cut for span in spans for cut in (span.start, span.end))})
    return [
        _segment(case.answer[start:end], [s for s in spans if s.start <= start and end <= s.end])
        for start, end in pairwise(cuts)
    ]


def misquoted(case: Case, given: Given) -> list[tuple[str, str]]:
    """Signal and quote of evidence that does not stand in the answer where it claims to."""
    return [
        (signal_id, evidence.quote)
        for signal_id, evidence in _evidence(given)
        if not _stands(case.answer, evidence)
    ]


def _evidence(given: Given) -> Iterator[tuple[str, Evidence]]:
    for signal_id, signal in given.signals.items():
        for evidence in signal.evidence:
            yield signal_id, evidence


def _stands(answer: str, evidence: Evidence) -> bool:
    quote, start = evidence.quote, evidence.start
    return bool(quote) and evidence.end == start + len(quote) and answer.startswith(quote, start)


def _segment(text: str, spans: Sequence[_Span]) -> Segment:
    if not spans:
        return Segment(text)
    kinds, shows = {span.kind for span in spans}, dict.fromkeys(span.shows for span in spans)
    return Segment(text, ", ".join(shows), kinds.pop() if len(kinds) == 1 else "mixed")
