"""Measure how many of the signals' words an answer has, the same words or others of their meaning.

Each word of a signal is looked for among those of the answer, by the cosine of the vectors that the
lower layers make of both in their context, as in BERTScore's recall (Zhang et al. 2020). Common
words hardly count. Nor do the question's own, which anybody who answers repeats (Mohler et al.
2011). Nothing here is learnt from one field, so it works for questions of any. Words off the
point count neither for an answer nor against it, so there is little to gain by talking more.
"""

from dataclasses import dataclass

import numpy as np

from service.judging.embedded.packing import QUESTION_PART, SIGNAL_PARTS, PackedSequence
from service.judging.embedded.scorer import Array
from service.playbooks.models import SignalKind
from service.records import Frozen

__all__ = ["MatchRegression", "WordMatch", "list_features", "match_words"]

_COMMONEST, _RAREST = 1996, 30_521  # ids: BERT's vocabulary has the commonest words first
_LEAST = 0.03  # the weight of the commonest words; the rarest weigh 1
_REPEATED = 0.1  # what is left of a word's weight if the question has it too
_ALIKE = 0.5  # the cosine above which two words mean much the same


@dataclass(frozen=True)
class WordMatch:
    """The words that signals and answer share: how many, and at which places.

    `recall` is the share of the good signals' words that the answer has, `signals` (signals) the
    share of each signal's. Both are mean cosines: 1 if every word is found. `wanted` counts the
    good signals' words. `said` counts those of the answer that are like one of them: the rarest
    count 1, others less. `evidence` (signals, answer tokens) is the cosine of each token with the
    signal's word that is most like it, 0 to 1.
    """

    recall: float
    wanted: int
    said: float
    signals: Array
    evidence: Array


Weights = tuple[float, float, float, float]


class MatchRegression(Frozen):
    """Logistic regressions that turn a match into scores; evals/embedded/matching.py fits them.

    `verdict_weights` has a row for each verdict, in their order, with a weight for each of
    `list_features`. `shown_weights` are the constant, and the weight of a good signal's recall.
    """

    verdict_weights: tuple[Weights, Weights, Weights, Weights]
    shown_weights: tuple[float, float]

    def score_verdicts(self, found: WordMatch) -> Array:
        """Compute the logit of each verdict, (4)."""
        return np.array(self.verdict_weights, np.float32) @ list_features(found)

    def score_shown(self, found: WordMatch) -> Array:
        """Compute the probability that each signal is shown, (signals); for good signals only."""
        constant, weight = self.shown_weights
        return np.asarray(1 / (1 + np.exp(-constant - weight * found.signals)), np.float32)


def list_features(found: WordMatch) -> Array:
    """List 1, recall, and the logarithms of `wanted` and `said`, (4)."""
    return np.array([1.0, found.recall, np.log1p(found.wanted), np.log1p(found.said)], np.float32)


def match_words(hidden: Array, packed: PackedSequence) -> WordMatch:
    """Match the words of signals and answer by their vectors, `hidden` (tokens, size)."""
    words = hidden / np.linalg.norm(hidden, axis=1, keepdims=True)
    said = slice(packed.answer_start, packed.answer_start + len(packed.offsets))
    likeness = words @ words[said].T
    weights = _weigh_tokens(packed)
    best = likeness.max(axis=1, initial=0.0)
    good = np.array(packed.parts) == SIGNAL_PARTS[SignalKind.GOOD]
    ends = [*packed.markers[1:], packed.answer_start - 1]
    signals = [slice(m + 1, end) for m, end in zip(packed.markers, ends, strict=True)]
    return WordMatch(
        recall=_average_weighted(best[good], weights[good]),
        wanted=int(good.sum()),
        said=float(weights[said][likeness[good].max(axis=0, initial=0.0) > _ALIKE].sum()),
        signals=np.array([_average_weighted(best[s], weights[s]) for s in signals], np.float32),
        evidence=np.array([likeness[s].max(axis=0, initial=0.0) for s in signals]).clip(max=1),
    )


def _weigh_tokens(packed: PackedSequence) -> Array:
    """Weigh each token by how rare it is, 0 to 1."""
    ids, asked = np.array(packed.ids), np.array(packed.parts) == QUESTION_PART
    rarity = np.log(ids.clip(_COMMONEST) / _COMMONEST) / np.log(_RAREST / _COMMONEST)
    repeated = np.where(np.isin(ids, ids[asked]), _REPEATED, 1.0)
    return np.asarray(rarity.clip(_LEAST) * repeated, np.float32)


def _average_weighted(values: Array, weights: Array) -> float:
    return float(np.average(values, weights=weights)) if values.size else 0.0
