"""Grade with a scorer: verdict, signals with their evidence, calibrated confidence."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from service.judging.embedded.clean_text import clean_answer
from service.judging.embedded.evidence import find_best_clause
from service.judging.embedded.onnx_model import count_threads
from service.judging.embedded.scorer import STATUSES, VERDICTS, Array, Scorer, Scores
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
from service.judging.review import find_review_reasons
from service.judging.rules import summarise_signals
from service.judging.untrusted import find_flags
from service.playbooks.models import Question, Signal, SignalKind

__all__ = ["EmbeddedJudge", "RelevanceScorer"]

_LONG = 2_000  # characters; two windows of the model, and more than anybody says in one go
_UNANSWERED = VERDICTS.index(Verdict.UNANSWERED)


class EmbeddedJudge:
    """A judge with a small model inside the package; `load` is called on the first answer.

    Instructions to the grader and recited signals are blanked out, so that only the rest decides.
    """

    def __init__(self, load: Callable[[], Scorer]) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._loaded: Scorer | None = None
        # Long answers have threads of their own: others don't queue behind them, and the system
        # shares the processors among all threads.
        self._pool, self._long_pool = (
            ThreadPoolExecutor(count_threads(), thread_name_prefix=f"embedded-judge-{name}")
            for name in ("short", "long")
        )

    @property
    def _scorer(self) -> Scorer:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    async def grade(self, question: Question, answer: Answer) -> Grade:
        """See Judge.grade; this judge always reaches a verdict."""
        loop = asyncio.get_running_loop()
        pool = self._long_pool if len(answer.text) > _LONG else self._pool
        return await loop.run_in_executor(pool, self.grade_now, question, answer)

    async def aclose(self) -> None:
        for pool in (self._pool, self._long_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def grade_now(self, question: Question, answer: Answer) -> Grade:
        """Grade on the calling thread."""
        started = time.perf_counter()
        flags = find_flags(question, answer)
        text = clean_answer(question, answer.text, self._scorer.find_kind(question))
        scores = self._scorer.score(question, text)
        verdict, confidence = _choose_verdict(scores, text)
        signals = _grade_signals(question, scores, verdict, text, answer)
        return Grade.of(
            question,
            verdict,
            signals,
            rationale=summarise_signals(signals),
            confidence=confidence,
            review=find_review_reasons(
                flags=flags,
                is_read_in_part=not scores.of_whole,
                before=scores.doubts if confidence is not None else (),
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


class RelevanceScorer:
    """A measure of how likely words answer a question at all, however well.

    `load` is called for every text, so it must remember the scorer.
    """

    def __init__(self, load: Callable[[], Scorer]) -> None:
        self._load = load

    def measure(self, question: Question, text: str) -> float:
        """Measure the probability that the text is not `unanswered`, on the calling thread."""
        scorer = self._load()
        cleaned = clean_answer(question, text, scorer.find_kind(question))
        if not _has_content(cleaned):
            return 0.0
        return 1 - float(scorer.score(question, cleaned).verdicts[_UNANSWERED])


def _has_content(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _choose_verdict(scores: Scores, text: str) -> tuple[Verdict, float | None]:
    """Choose the likeliest verdict with its confidence; unanswered if nothing is left to score."""
    if not _has_content(text):
        return Verdict.UNANSWERED, None
    return VERDICTS[int(scores.verdicts.argmax())], round(scores.confidence, 4)


def _grade_signals(
    question: Question, scores: Scores, verdict: Verdict, text: str, answer: Answer
) -> tuple[SignalGrade, ...]:
    """Give each signal its likeliest status that the verdict allows, with the clause that shows it.

    `text` is the cleaned answer; its characters have the same places, so the quotes are taken from
    the answer itself.
    """
    statuses = _choose_statuses(verdict, question.signals, scores.statuses)
    graded = []
    for place, (signal, status) in enumerate(zip(question.signals, statuses, strict=True)):
        evidence: tuple[Evidence, ...] = ()
        if status is not SignalStatus.ABSENT:
            weights = scores.evidence[place]
            if span := find_best_clause(place, question.signals, weights, scores.offsets, text):
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


def _choose_statuses(
    verdict: Verdict, signals: tuple[Signal, ...], scores: Array
) -> list[SignalStatus]:
    """Choose the likeliest statuses among those that the rules allow with this verdict.

    So a grade never breaks `service.judging.rules`. The signals follow the verdict, because the
    model is calibrated for verdicts.
    """
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
