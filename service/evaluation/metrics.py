"""How well graded cases meet their labels; ungraded cases count as neither right nor wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.evaluation.cases import Case
from service.judging.models import Grade, Ungraded, Verdict

__all__ = ["Figures", "Judged", "figures"]

_BINS = 10


@dataclass(frozen=True)
class Judged:
    """One case and what the judge made of it."""

    case: Case
    result: Grade | Ungraded


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1 over the graded cases; `confusion` counts (expected, given) pairs.

    `calibration_error` is the expected calibration error over ten equal bins of confidence (Guo et
    al. 2017), None where no grade has a confidence. `passed_weak` is the share of weak and
    unanswered cases that were graded good.
    """

    cases: int
    ungraded: int
    accuracy: float
    macro_f1: float
    passed_weak: float
    surest_half_accuracy: float | None
    calibration_error: float | None
    confusion: dict[tuple[Verdict, Verdict], int]

    def named(self) -> dict[str, float | None]:
        """The shares with the names that reports and the README give them."""
        return {
            "accuracy": self.accuracy,
            "macro F1": self.macro_f1,
            "accuracy on the half it is surest of": self.surest_half_accuracy,
            "weak or unanswered answers passed as good": self.passed_weak,
            "expected calibration error": self.calibration_error,
        }


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of a run; ValueError when no case was graded."""
    pairs = [(j.case.verdict, j.result) for j in judged if isinstance(j.result, Grade)]
    if not pairs:
        raise ValueError("no case was graded, so there is nothing to measure")
    confusion = Counter((expected, grade.verdict) for expected, grade in pairs)
    poor = [grade for expected, grade in pairs if expected in {Verdict.WEAK, Verdict.UNANSWERED}]
    sure = sorted(
        ((g.confidence, g.verdict is e) for e, g in pairs if g.confidence is not None),
        key=lambda pair: -pair[0],
    )
    return Figures(
        cases=len(judged),
        ungraded=len(judged) - len(pairs),
        accuracy=_share([expected is grade.verdict for expected, grade in pairs]),
        macro_f1=sum(_f1(confusion, verdict) for verdict in Verdict) / len(Verdict),
        passed_weak=_share([grade.verdict is Verdict.GOOD for grade in poor]),
        surest_half_accuracy=_share([r for _, r in sure[: len(sure) // 2]]) if sure else None,
        calibration_error=_calibration_error(sure) if sure else None,
        confusion=dict(confusion),
    )


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def _f1(confusion: Counter[tuple[Verdict, Verdict]], verdict: Verdict) -> float:
    right = confusion[verdict, verdict]
    expected = sum(n for (e, _), n in confusion.items() if e is verdict)
    given = sum(n for (_, g), n in confusion.items() if g is verdict)
    return 2 * right / (expected + given) if expected + given else 0.0


def _calibration_error(sure: Sequence[tuple[float, bool]]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in sure:
        bins.setdefault(min(int(confidence * _BINS), _BINS - 1), []).append((confidence, right))
    return sum(
        abs(sum(right - confidence for confidence, right in held)) for held in bins.values()
    ) / len(sure)
