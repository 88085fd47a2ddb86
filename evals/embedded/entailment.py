"""Read pairs of premise and hypothesis: what a text says, denies, or leaves open.

A corpus is a folder of JSON Lines files whose lines hold premise, hypothesis, label. Hypotheses
about one premise take the place of signals, so that reading them trains the statuses: entailed is
shown, contradicted is contradicted, neutral is absent.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter
from tokenizers import Tokenizer

from evals.embedded.examples import UNKNOWN, Example
from service.judging.embedded.packing import pack
from service.judging.embedded.scorer import STATUSES
from service.judging.models import SignalStatus
from service.playbooks.models import Question, Signal
from service.records import Frozen

__all__ = ["Pair", "entailments", "read_pairs"]

ENTAILMENT = ("nli", "negation_nli")  # folders of pairs
_ASKED = ("What does the text say?", "Which of these hold?", "What is true here?")
_SIGNALS = 4  # at most, in one sequence
_UNRELATED = 0.3  # how often a hypothesis about something else is put beside
_SHORT = 90  # words of a premise; longer ones cost more than they teach

_STATUSES = {
    "entailment": STATUSES.index(SignalStatus.SHOWN),
    "contradiction": STATUSES.index(SignalStatus.CONTRADICTED),
    "neutral": STATUSES.index(SignalStatus.ABSENT),
    "not_entailment": UNKNOWN,  # contradicted or absent: the corpus does not tell
}


class Pair(Frozen):
    """A premise, a hypothesis, and whether the one says the other."""

    premise: str
    hypothesis: str
    label: Literal["entailment", "neutral", "contradiction", "not_entailment"]


def read_pairs(folder: Path) -> list[Pair]:
    """Read all pairs below a folder of corpora."""
    adapter = TypeAdapter(Pair)
    return [
        pair
        for name in ENTAILMENT
        for file in sorted((folder / name).glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
        if len((pair := adapter.validate_json(line, extra="ignore")).premise.split()) <= _SHORT
        and any(letter.isalpha() for letter in pair.hypothesis)
    ]


def entailments(
    tokenizer: Tokenizer, pairs: Sequence[Pair], chance: random.Random
) -> Iterator[Example]:
    """Make an example of each premise, with some of its hypotheses as signals, in random order."""
    by_premise: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_premise.setdefault(pair.premise.strip(), []).append(pair)
    for premise, about in by_premise.items():
        chance.shuffle(about)
        for first in range(0, len(about), _SIGNALS - 1):
            said = [(p.hypothesis, _STATUSES[p.label]) for p in about[first : first + _SIGNALS - 1]]
            if chance.random() < _UNRELATED:
                other = chance.choice(pairs)
                if other.premise.strip() != premise:
                    said.append((other.hypothesis, STATUSES.index(SignalStatus.ABSENT)))
            chance.shuffle(said)
            question = _question([text for text, _ in said], chance)
            packed = pack(tokenizer, question, premise)[0]
            nowhere = [[0.0] * len(packed.offsets) for _ in said]
            yield Example(packed, UNKNOWN, [status for _, status in said], nowhere)


def _question(hypotheses: Sequence[str], chance: random.Random) -> Question:
    """Ask what holds; each hypothesis is as likely a good signal as a weak one."""
    counts = Counter[str]()
    signals = []
    for text in hypotheses:
        kind = chance.choice(("good", "weak"))
        counts[kind] += 1
        signals.append(Signal(id=f"{kind}.{counts[kind]}", wording=" ".join(text.split())))
    return Question.model_construct(
        number=1, text=chance.choice(_ASKED), signals=tuple(signals), probe="Is it?", insight=""
    )
