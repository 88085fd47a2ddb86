"""The few numbers that assignment without an LLM was fitted to."""

import hashlib
import json
from pathlib import Path

from service.assignment.topic_chain import Chain
from service.records import Frozen

__all__ = ["FITTED", "Gate", "Topic", "Weights", "fitted_weights", "weights_digest"]

FITTED = Path(__file__).with_name("weights.json")


class Topic(Frozen):
    """How much speaks for a question: `bias + likeness * l + relevance * r` (r in log odds)."""

    chain: Chain
    bias: float
    likeness: float
    relevance: float = 0.0


class Gate(Frozen):
    """Whether a turn says something on its topic: log odds from the topic's and from its length."""

    bias: float
    topic: float
    words: float


class Weights(Frozen):
    """Topics by wording alone, topics with relevance, and from which chance on a turn is given."""

    wording: Topic
    topics: Topic
    gate: Gate
    threshold: float


def fitted_weights() -> dict[str, Weights]:
    """Those of `notes` and of `calls`, written by `python -m evals.intake.fit`."""
    content = json.loads(FITTED.read_text("utf-8"))
    return {kind: Weights.model_validate(weights) for kind, weights in content.items()}


def weights_digest() -> str:
    """Changes when any number does; 12 hexadecimal digits."""
    return hashlib.sha256(FITTED.read_bytes()).hexdigest()[:12]
