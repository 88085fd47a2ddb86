"""Say how far a verdict of the embedded judge can be relied on.

A network is sure of what its teachers wrote, and as sure of what it never met. So its probabilities
are only one sign among several: two regressions, fitted on answers by other hands, turn the signs
into the chance that the verdict is right, and the chance that a careful reader could defend it.
"""

from typing import Annotated

import numpy as np
from pydantic import Field

from service.judging.embedded.scorer import STATUSES, VERDICTS, Scores
from service.judging.models import SignalStatus, Verdict
from service.judging.review import ReviewReason
from service.playbooks.models import Question, SignalKind
from service.records import Frozen

__all__ = ["SIGNS", "Reliance", "list_signs"]

SIGNS = 26  # how many there are
_UNSURE = 1e-3  # keeps logits finite
_FEW = 6  # tokens


Weights = Annotated[tuple[float, ...], Field(min_length=1 + SIGNS, max_length=1 + SIGNS)]


class Reliance(Frozen):
    """Weights of the signs (constant first), and the limits below which a person should look.

    `right` gives the chance that the verdict is right, which is the grade's confidence, and
    `defensible` the chance that a careful reader could defend it. A person should look if the
    latter is below `limit`, or `unfamiliar_limit` if the question is none of `familiar` (digests of
    the questions that the model was trained on).
    """

    right: Weights
    defensible: Weights
    limit: float
    unfamiliar_limit: float
    familiar: frozenset[str] = frozenset()

    def judge(self, question: Question, scores: Scores) -> tuple[float, tuple[ReviewReason, ...]]:
        """Give the likeliest verdict's confidence, and the reasons to look at it."""
        is_familiar = question.digest in self.familiar
        signs = [1.0, *list_signs(question, scores, is_familiar=is_familiar)]
        confidence = self._estimate(self.right, signs)
        limit = self.limit if is_familiar else self.unfamiliar_limit
        if self._estimate(self.defensible, signs) >= limit:
            return confidence, ()
        reasons = [ReviewReason.LOW_CONFIDENCE]
        if not _do_signals_agree(question, scores):
            reasons.append(ReviewReason.SIGNALS_DISAGREE)
        if not is_familiar:
            reasons.append(ReviewReason.UNFAMILIAR_QUESTION)
        return confidence, tuple(reasons)

    @staticmethod
    def _estimate(weights: tuple[float, ...], signs: list[float]) -> float:
        return float(1 / (1 + np.exp(-np.dot(weights, signs))))


def list_signs(question: Question, scores: Scores, *, is_familiar: bool) -> list[float]:
    """List the signs that the likeliest verdict is right, see the comments."""
    verdicts, statuses, length = scores.verdicts, scores.statuses, len(scores.offsets)
    first, second = np.sort(verdicts)[::-1][:2]
    best = int(verdicts.argmax())
    good = np.array([signal.kind is SignalKind.GOOD for signal in question.signals])
    seen = {status: statuses[:, STATUSES.index(status)] for status in STATUSES}
    shown = seen[SignalStatus.SHOWN]
    known = float(is_familiar)
    return [
        # how sure the verdicts are
        _logit(first),
        float(first - second),
        float(-(verdicts * np.log(verdicts + 1e-9)).sum()),
        *(float(best == n) for n in range(len(VERDICTS) - 1)),
        *(float(np.log(p + _UNSURE)) for p in verdicts),
        # how far both networks agree
        *(_logit(float(opinion[best])) for opinion in scores.opinions),
        float(len({int(opinion.argmax()) for opinion in scores.opinions}) == 1),
        float(np.abs(np.subtract(*scores.opinions)).sum() / 2),
        # how sure the signals are, and what they say
        float(statuses.max(axis=1).mean()),
        float(statuses.max(axis=1).min()),
        float(shown[good].max()),
        float(shown[good].mean()),
        float(shown[~good].max(initial=0.0)),
        float(seen[SignalStatus.PLANNED].max()),
        float(seen[SignalStatus.CONTRADICTED].max()),
        float(_do_signals_agree(question, scores)),
        # what is unlike the training
        float(np.log1p(length)),
        float(length < _FEW),
        known,
        known * _logit(first),
    ]


def _do_signals_agree(question: Question, scores: Scores) -> bool:
    """Check if the likeliest statuses allow the likeliest verdict."""
    verdict = VERDICTS[int(scores.verdicts.argmax())]
    found = {
        (signal.kind, STATUSES[int(row.argmax())])
        for signal, row in zip(question.signals, scores.statuses, strict=True)
    }
    good_shown = (SignalKind.GOOD, SignalStatus.SHOWN) in found
    weak_shown = (SignalKind.WEAK, SignalStatus.SHOWN) in found
    match verdict:
        case Verdict.GOOD:
            return good_shown and not weak_shown
        case Verdict.PARTIAL:
            return good_shown or (SignalKind.GOOD, SignalStatus.PLANNED) in found
        case Verdict.UNANSWERED:
            return not (good_shown or weak_shown)
        case Verdict.WEAK:
            return weak_shown or not good_shown


def _logit(share: float) -> float:
    held = min(max(share, _UNSURE), 1 - _UNSURE)
    return float(np.log(held / (1 - held)))
