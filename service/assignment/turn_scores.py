"""What is read off the turns: shared wording, relevance, and the chances that follow from them.

Every array is (turns, questions).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from service.assignment.likeness import Likeness
from service.assignment.models import can_be_evidence
from service.assignment.topic_chain import posteriors
from service.assignment.weights import Gate, Topic, Weights
from service.judging.embedded.onnx_model import count_threads
from service.playbooks.models import Question
from service.transcripts.turns import Turn

__all__ = [
    "Array",
    "Relevance",
    "chances",
    "gate_features",
    "likely",
    "likeness_of",
    "log_odds",
    "relevance_of",
    "topic_chances",
]

Array = NDArray[np.float64]
Pairs = NDArray[np.bool_]
Relevance = Callable[[Question, str], float]

_LIKELY = 0.05  # below it the judge is not asked
_MIN_WORDS = 4  # fewer are an "mm-hm", on which the judge's word is worth nothing
_MAX_PAIRS = 2_000  # about a minute; two hours of talk have half as many
_MAX_CHARACTERS = 2_000
_UNSCORED = -3.0
_SUREST = 1e-3


def likeness_of(turns: Sequence[Turn], questions: Sequence[Question]) -> Array:
    """How much of each question's wording each turn shares, 0 to 1."""
    likeness = Likeness(questions)
    return np.array([likeness.of(turn.text) for turn in turns])


def likely(turns: Sequence[Turn], likeness: Array, weights: Weights) -> Pairs:
    """The pairs that wording alone finds likely enough to ask the judge about."""
    chance = topic_chances(likeness, np.zeros_like(likeness), weights.wording)
    can_say_it = [can_be_evidence(turn) and _words(turn) >= _MIN_WORDS for turn in turns]
    chance[~np.array(can_say_it)] = 0.0
    least = max([_LIKELY, *np.sort(chance, axis=None)[-_MAX_PAIRS - 1 : -_MAX_PAIRS]])
    return np.asarray(chance > least)


def relevance_of(
    turns: Sequence[Turn], questions: Sequence[Question], pairs: Pairs, relevance: Relevance
) -> Array:
    """The log odds that each turn speaks to each question at all, -3 for pairs not asked about."""

    def ask(pair: tuple[int, int]) -> float:
        turn, question = pair
        return relevance(questions[question], turns[turn].text[:_MAX_CHARACTERS])

    found = np.full(pairs.shape, _UNSCORED)
    with ThreadPoolExecutor(count_threads()) as pool:
        asked = np.array(list(pool.map(ask, np.argwhere(pairs))))
    found[pairs] = log_odds(asked)
    return found


def topic_chances(likeness: Array, relevance: Array, topic: Topic) -> Array:
    """The probability that each turn is about each question, given all turns."""
    scores = topic.bias + topic.likeness * likeness + topic.relevance * relevance
    return posteriors(scores, topic.chain)


def chances(turns: Sequence[Turn], likeness: Array, relevance: Array, weights: Weights) -> Array:
    """The probability that each turn is part of the answer to each question."""
    features = gate_features(turns, topic_chances(likeness, relevance, weights.topics))
    gate: Gate = weights.gate
    return 1 / (1 + np.exp(-(gate.bias + features @ [gate.topic, gate.words])))


def gate_features(turns: Sequence[Turn], topics: Array) -> Array:
    """What the gate looks at: (turns, questions, 2), log odds of the topic and log of the words."""
    words = np.log1p([[_words(turn)] for turn in turns])
    return np.stack([log_odds(topics), np.broadcast_to(words, topics.shape)], axis=2)


def log_odds(chance: Array) -> Array:
    """Log odds of a probability, which is held off 0 and 1."""
    held = np.clip(chance, _SUREST, 1 - _SUREST)
    return np.log(held / (1 - held))


def _words(turn: Turn) -> int:
    return len(turn.text.split())
