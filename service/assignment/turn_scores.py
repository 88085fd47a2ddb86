"""Score turns: shared wording, relevance, and the chances of an answer that follow from them.

Every array is (turns, questions).
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from service.assignment.likeness import Likeness
from service.assignment.models import can_be_evidence
from service.assignment.topic_chain import Array, estimate_topics
from service.assignment.weights import Gate, Topic, Weights
from service.judging.embedded.onnx_model import count_threads
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Side, Turn

__all__ = [
    "Relevance",
    "add_context",
    "build_gate_features",
    "choose_pairs",
    "convert_to_log_odds",
    "estimate_chances",
    "estimate_topic_chances",
    "measure_likeness",
    "score_relevance",
]

Pairs = NDArray[np.bool_]
Relevance = Callable[[Question, str], float]

_LIKELY = 0.05  # below it the judge is not asked
_MIN_WORDS = 4  # fewer, with what they reply to, are an "mm-hm" that says nothing
_MAX_SHORT = 8  # words; a longer answer says itself what it is about
_MAX_PAIRS = 2_000  # about a minute; two hours of talk have half as many
_MAX_CHARACTERS = 2_000
_UNSCORED = -3.0  # log odds of a pair that the judge is not asked about
_SUREST = 1e-3
_NAMED = 10.0  # log odds for the question that a turn names, half of them for one under it
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def add_context(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Put before the words of each short answer what it replies to, to tell what it is about.

    "No idea, never looked." says so little that only its question tells, and "nope" below the
    heading "CDC" only its heading. In a call only the very next turn replies to a question; in
    notes all lines do until the next question or heading.
    """
    made: list[Turn] = []
    asked = heading = ""
    for turn in turns:
        is_short = False
        if turn.heading is not None:
            asked, heading = "", turn.text
        elif turn.side is Side.SELLER:
            asked = _find_question(turn.text)
        else:
            is_short = _count_words(turn) <= _MAX_SHORT
        text = f"{asked or heading} {turn.text}".strip() if is_short else turn.text
        made.append(turn.model_copy(update={"text": text}))
        if turn.side is not Side.SELLER and turn.speaker_id != NOTES:
            asked = ""
    return made


def _find_question(text: str) -> str:
    """Give the last sentence of our own words if it is a question."""
    said = text.rstrip("*_ ")
    return _SENTENCE_END.split(said)[-1] if said.endswith("?") else ""


def measure_likeness(turns: Sequence[Turn], questions: Sequence[Question]) -> Array:
    """Measure how much of each question's wording each turn shares, 0 to 1."""
    likeness = Likeness(questions)
    return np.array([likeness.measure(turn.text) for turn in turns])


def choose_pairs(
    turns: Sequence[Turn], likeness: Array, weights: Weights, named: Array | float = 0.0
) -> Pairs:
    """Choose the pairs that are likely enough by wording alone to ask the judge about them."""
    chance = estimate_topic_chances(likeness, np.zeros_like(likeness), weights.wording, named)
    can_answer = [can_be_evidence(turn) and _count_words(turn) >= _MIN_WORDS for turn in turns]
    chance[~np.array(can_answer)] = 0.0
    least = max([_LIKELY, *np.sort(chance, axis=None)[-_MAX_PAIRS - 1 : -_MAX_PAIRS]])
    return np.asarray(chance > least)


def score_relevance(
    turns: Sequence[Turn], questions: Sequence[Question], pairs: Pairs, relevance: Relevance
) -> Array:
    """Ask for the log odds that each turn speaks to each question; -3 for all other pairs."""

    def ask(pair: tuple[int, int]) -> float:
        turn, question = pair
        return relevance(questions[question], turns[turn].text[:_MAX_CHARACTERS])

    found = np.full(pairs.shape, _UNSCORED)
    with ThreadPoolExecutor(count_threads()) as pool:
        asked = np.array(list(pool.map(ask, np.argwhere(pairs))))
    found[pairs] = convert_to_log_odds(asked)
    return found


def estimate_topic_chances(
    likeness: Array, relevance: Array, topic: Topic, named: Array | float = 0.0
) -> Array:
    """Estimate the probability that each turn is about each question, given all turns.

    `named` is as `find_named` gives it.
    """
    scores = topic.bias + topic.likeness * likeness + topic.relevance * relevance
    return estimate_topics(scores + _NAMED * named, topic.chain)


def estimate_chances(
    turns: Sequence[Turn],
    likeness: Array,
    relevance: Array,
    weights: Weights,
    named: Array | float = 0.0,
) -> Array:
    """Estimate the probability that each turn is part of the answer to each question."""
    topics = estimate_topic_chances(likeness, relevance, weights.topics, named)
    features = build_gate_features(turns, topics)
    gate: Gate = weights.gate
    return 1 / (1 + np.exp(-(gate.bias + features @ [gate.topic, gate.words])))


def build_gate_features(turns: Sequence[Turn], topics: Array) -> Array:
    """Build what the gate sees: (turns, questions, 2), log odds of the topic, log of the words."""
    words = np.log1p([[_count_words(turn)] for turn in turns])
    return np.stack([convert_to_log_odds(topics), np.broadcast_to(words, topics.shape)], axis=2)


def convert_to_log_odds(chance: Array) -> Array:
    """Convert a probability to log odds; close to 0 or 1, it is first moved away from them."""
    moved = np.clip(chance, _SUREST, 1 - _SUREST)
    return np.log(moved / (1 - moved))


def _count_words(turn: Turn) -> int:
    return len(turn.text.split())
