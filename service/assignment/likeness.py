"""Measure likeness: how much of a question's wording a text shares."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from service.playbooks.models import Question

__all__ = ["Likeness"]

_WORD = re.compile(r"\w+")
_LETTERS = 4
_SHORT_TEXT = 2.0  # added to a text's norm, so that one rare word alone is no likeness


class Likeness:
    """Compares pieces of words, each weighed by how few of the questions have it (TF-IDF).

    Pieces of four letters survive endings, compounds and most recognition errors; whole words do
    not.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        documents = [_count_pieces(_join_wording(question)) for question in questions]
        having = Counter(piece for document in documents for piece in document)
        self._rarity = {
            piece: math.log((len(documents) + 1) / (count + 0.5)) for piece, count in having.items()
        }
        self._documents = [self._weigh(document) for document in documents]
        self._norms = [_measure_norm(document) or 1.0 for document in self._documents]

    def measure(self, text: str) -> NDArray[np.float64]:
        """Give the cosine with each question's text, signals and probe: (questions), 0 to 1."""
        pieces = self._weigh(_count_pieces(text))
        norm = _measure_norm(pieces) + _SHORT_TEXT
        return np.array(
            [
                sum(weight * document.get(piece, 0.0) for piece, weight in pieces.items())
                / (norm * own)
                for document, own in zip(self._documents, self._norms, strict=True)
            ]
        )

    def _weigh(self, counts: Mapping[str, int]) -> dict[str, float]:
        return {
            piece: (1 + math.log(count)) * self._rarity[piece]
            for piece, count in counts.items()
            if piece in self._rarity
        }


def _join_wording(question: Question) -> str:
    return " ".join((question.text, *(signal.text for signal in question.signals), question.probe))


def _count_pieces(text: str) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for word in _WORD.findall(text.casefold()):
        marked = f"<{word}>"  # so that the beginning and the end of a word are pieces of their own
        last = max(1, len(marked) - _LETTERS + 1)
        pieces.update(marked[start : start + _LETTERS] for start in range(last))
    return pieces


def _measure_norm(weights: Mapping[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))
