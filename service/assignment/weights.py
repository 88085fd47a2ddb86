"""Load the few numbers that assignment without an LLM was fitted to."""

import hashlib
import json
from pathlib import Path

from service.assignment.topic_chain import Chain
from service.records import Frozen

__all__ = ["WEIGHTS_FILE", "Gate", "Topic", "Weights", "digest_weights", "load_weights"]

WEIGHTS_FILE = Path(__file__).with_name("weights.json")


class Topic(Frozen):
    """The signs that a turn is about a question, each with its weight.

    The log odds are `bias + likeness * l + relevance * r`, with `l` from 0 to 1 and `r` in log
    odds.
    """

    chain: Chain
    bias: float
    likeness: float
    relevance: float = 0.0


class Gate(Frozen):
    """The signs that a turn says something on its topic, each with its weight for the log odds."""

    bias: float
    topic: float
    words: float


class Weights(Frozen):
    """The weights for one kind of source.

    `wording` finds the pairs to ask the judge about, `topics` uses its scores, and a turn is given
    to a question if the chance that `gate` leaves it is above `threshold`.
    """

    wording: Topic
    topics: Topic
    gate: Gate
    threshold: float


def load_weights() -> dict[str, Weights]:
    """Load the weights of `notes` and of `calls`, which `python -m evals.intake.fit` writes."""
    content = json.loads(WEIGHTS_FILE.read_text("utf-8"))
    return {kind: Weights.model_validate(weights) for kind, weights in content.items()}


def digest_weights() -> str:
    """Give 12 hexadecimal digits that change when any of the numbers does."""
    return hashlib.sha256(WEIGHTS_FILE.read_bytes()).hexdigest()[:12]
