"""How much of what a question's signals say is in an answer, in the same words or in others.

Each word of a signal is looked for among the answer's, by the cosine of what the lower layers make
of both where they stand, as BERTScore's recall does (Zhang et al. 2020). Words that tell little
hardly count, nor do the question's own, which whoever answers repeats (Mohler et al. 2011). Nothing
here is learnt of a field, so it holds for questions never met; and what is said beside the point
counts neither for an answer nor against it, so there is little to gain by saying more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.judging.embedded.packing import ASKED, PARTS, Packed
from service.playbooks.models import SignalKind
from service.records import Frozen

__all__ = ["Match", "Matching", "features", "match"]

Array = NDArray[np.float32]

_COMMONEST, _RAREST = 1996, 30_521  # BERT's words stand in its vocabulary the commonest first
_LEAST = 0.03  # what a word weighs at least, where the rarest weighs 1
_REPEATED = 0.1  # what is left of a word's weight if it is the question's
_ALIKE = 0.5  # the cosine above which two words say the like


@dataclass(frozen=True)
class Match:
    """What was found of each other in signals and answer.

    `recall` is how much of the good signals' words the answer has, `signals` (signals) of each
    signal's: mean cosines, 1 where every word is found. `wanted` counts the good signals' words,
    `said` those of the answer that are like one of them, the rarest as 1, others as less.
    `evidence` (signals, answer tokens) is how like each token is to the signal's likest, 0 to 1.
    """

    recall: float
    wanted: int
    said: float
    signals: Array
    evidence: Array


Weights = tuple[float, float, float, float]


class Matching(Frozen):
    """What a match tells, by logistic regression; evals/embedded/matching.py fits the weights.

    Those of the verdicts, in their order, are for the `features`, those of a good signal's being
    shown for 1 and its recall.
    """

    verdict_weights: tuple[Weights, Weights, Weights, Weights]
    shown_weights: tuple[float, float]

    def verdicts(self, found: Match) -> Array:
        """The logit of each verdict, (4)."""
        return np.array(self.verdict_weights, np.float32) @ features(found)

    def shown(self, found: Match) -> Array:
        """How likely it is that each signal, if it is a good one, is shown, (signals)."""
        constant, weight = self.shown_weights
        return np.asarray(1 / (1 + np.exp(-constant - weight * found.signals)), np.float32)


def features(found: Match) -> Array:
    """1, recall, and the logarithms of what is wanted and said (4)."""
    return np.array([1.0, found.recall, np.log1p(found.wanted), np.log1p(found.said)], np.float32)


def match(hidden: Array, packed: Packed) -> Match:
    """Match the words of signals and answer by their vectors, `hidden` (tokens, size)."""
    words = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
    said = slice(packed.answer_start, packed.answer_start + len(packed.offsets))
    likeness = words @ words[said].T
    weights = _weights(packed)
    best = likeness.max(axis=1, initial=0.0)
    good = np.array(packed.parts) == PARTS[SignalKind.GOOD]
    ends = [*packed.markers[1:], packed.answer_start - 1]
    signals = [slice(m + 1, end) for m, end in zip(packed.markers, ends, strict=True)]
    return Match(
        recall=_average(best[good], weights[good]),
        wanted=int(good.sum()),
        said=float(weights[said][likeness[good].max(axis=0, initial=0.0) > _ALIKE].sum()),
        signals=np.array([_average(best[s], weights[s]) for s in signals], np.float32),
        evidence=np.array([likeness[s].max(axis=0, initial=0.0) for s in signals]).clip(max=1),
    )


def _weights(packed: Packed) -> Array:
    """How much each token tells, 0 to 1."""
    ids, asked = np.array(packed.ids), np.array(packed.parts) == ASKED
    rarity = np.log(ids.clip(_COMMONEST) / _COMMONEST) / np.log(_RAREST / _COMMONEST)
    repeated = np.where(np.isin(ids, ids[asked]), _REPEATED, 1.0)
    return np.asarray(rarity.clip(_LEAST) * repeated, np.float32)


def _average(values: Array, weights: Array) -> float:
    return float(np.average(values, weights=weights)) if values.size else 0.0
