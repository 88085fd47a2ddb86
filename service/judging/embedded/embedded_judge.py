"""Grades from a scorer: verdict, signals with evidence spans, calibrated confidence."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from service.judging.embedded.clean_text import readable
from service.judging.embedded.evidence import best_clause
from service.judging.embedded.onnx_model import STATUSES, VERDICTS, Scorer, Scores, threads
from service.judging.models import (
    Answer,
    Evidence,
    Grade,
    JudgeKind,
    Provenance,
    SignalGrade,
    SignalStatus,
    Verdict,
)
from service.judging.review import review_reasons
from service.judging.rules import summary
from service.judging.untrusted import flags_of
from service.playbooks.models import Question, Signal, SignalKind

__all__ = ["EmbeddedJudge"]


class EmbeddedJudge:
    """Grades with a small model inside the package; `load` is called on the first answer.

    Instructions to the grader and recited signals are blanked, so that only the rest decides.
    """

    def __init__(self, load: Callable[[], Scorer]) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._loaded: Scorer | None = None
        self._pool = ThreadPoolExecutor(threads(), thread_name_prefix="embedded-judge")

    @property
    def _scorer(self) -> Scorer:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    async def grade(self, question: Question, answer: Answer) -> Grade:
        """See Judge.grade; this judge always reaches a verdict."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self.grade_now, question, answer)

    async def aclose(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def grade_now(self, question: Question, answer: Answer) -> Grade:
        """The grade, on the calling thread."""
        started = time.perf_counter()
        flags = flags_of(question, answer)
        text = readable(question, answer.text, self._scorer.asks(question))
        scores = self._scorer.score(question, text)
        verdict, confidence = _verdict(scores, text)
        signals = _signals(question, scores, verdict, text, answer)
        return Grade.of(
            question,
            verdict,
            signals,
            rationale=summary(signals),
            confidence=confidence,
            review=review_reasons(
                confidence=confidence, review_below=scores.review_below, flags=flags
            ),
            flags=flags,
            judge=Provenance(
                kind=JudgeKind.EMBEDDED,
                model=self._scorer.name,
                playbook_digest=question.playbook_digest,
                attempts=1,
                latency_ms=round((time.perf_counter() - started) * 1000),
            ),
        )


def _verdict(scores: Scores, text: str) -> tuple[Verdict, float | None]:
    """The likeliest verdict with its probability; where nothing is left to score, unanswered."""
    if not any(character.isalnum() for character in text):
        return Verdict.UNANSWERED, None
    best = int(scores.verdicts.argmax())
    return VERDICTS[best], round(float(scores.verdicts[best]), 4)


def _signals(
    question: Question, scores: Scores, verdict: Verdict, text: str, answer: Answer
) -> tuple[SignalGrade, ...]:
    """Each signal's likeliest status that the verdict allows, with the clause that shows it.

    `text` is what was read of the answer; the quotes are the answer's own.
    """
    statuses = _statuses_allowed_by(verdict, question.signals, scores.statuses)
    graded = []
    for place, (signal, status) in enumerate(zip(question.signals, statuses, strict=True)):
        evidence: tuple[Evidence, ...] = ()
        if status is not SignalStatus.ABSENT:
            weights = scores.evidence[place]
            if span := best_clause(place, question.signals, weights, scores.offsets, text):
                evidence = (Evidence.at(*span, answer.text),)
        graded.append(
            SignalGrade(
                id=signal.id,
                kind=signal.kind,
                text=signal.text,
                status=status if evidence else SignalStatus.ABSENT,
                evidence=evidence,
            )
        )
    return tuple(graded)


def _statuses_allowed_by(
    verdict: Verdict, signals: tuple[Signal, ...], scores: NDArray[np.float32]
) -> list[SignalStatus]:
    """The rules of `service.judging.rules`, kept by choice instead of by correction."""
    statuses = [STATUSES[int(row.argmax())] for row in scores]
    good = [i for i, signal in enumerate(signals) if signal.kind is SignalKind.GOOD]
    for i, signal in enumerate(signals):
        barred = verdict is Verdict.UNANSWERED or (
            verdict is Verdict.GOOD and signal.kind is SignalKind.WEAK
        )
        if barred and statuses[i] is SignalStatus.SHOWN:
            statuses[i] = SignalStatus.ABSENT
    shown = any(statuses[i] is SignalStatus.SHOWN for i in good)
    planned = any(statuses[i] is SignalStatus.PLANNED for i in good)
    if (verdict is Verdict.GOOD and not shown) or (
        verdict is Verdict.PARTIAL and not (shown or planned)
    ):
        column = STATUSES.index(SignalStatus.SHOWN)
        statuses[max(good, key=lambda i: float(scores[i, column]))] = SignalStatus.SHOWN
    return statuses
