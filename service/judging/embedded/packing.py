"""One sequence for one judgement: the question, every signal behind a marker, then the answer.

    [CLS] question [SEP] (marker signal)... [SEP] answer [SEP]

The model reads a signal's status off its marker, so that all signals cost one pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tokenizers import Tokenizer

from service.playbooks.models import Question, SignalKind

__all__ = ["ASKED", "MARKERS", "MAX_TOKENS", "PARTS", "Packed", "pack", "windows"]

MAX_TOKENS = 512
MARKERS = {SignalKind.GOOD: 1, SignalKind.WEAK: 2}  # BERT's [unused0] and [unused1]
ASKED = 1
PARTS = {SignalKind.GOOD: 2, SignalKind.WEAK: 3}
_CLS, _SEP = 101, 102
_QUESTION_TOKENS, _SIGNAL_TOKENS, _PREFIX_TOKENS = 64, 48, 320
_OVERLAP_TOKENS = 64


@dataclass(frozen=True)
class Packed:
    """Token ids with segment 1 from `answer_start` on.

    `parts` tell of what each token is a word: question 1, good signals 2, weak signals 3, else 0.
    `markers` are the places of the signals' markers, in the question's order; `offsets` are the
    answer tokens' start and end characters.
    """

    ids: list[int]
    segments: list[int]
    parts: list[int]
    markers: list[int]
    answer_start: int
    offsets: list[tuple[int, int]]


def pack(tokenizer: Tokenizer, question: Question, text: str) -> list[Packed]:
    """The packed sequence, or several that overlap where the answer is longer than one holds."""
    prefix, parts, markers = _prefix(tokenizer, question)
    encoded = tokenizer.encode(text, add_special_tokens=False)
    room = MAX_TOKENS - len(prefix) - 1
    return [
        Packed(
            ids=[*prefix, *encoded.ids[start:end], _SEP],
            segments=[0] * len(prefix) + [1] * (end - start + 1),
            parts=[*parts, *[0] * (end - start + 1)],
            markers=list(markers),
            answer_start=len(prefix),
            offsets=encoded.offsets[start:end],
        )
        for start, end in windows(len(encoded.ids), room)
    ]


def windows(length: int, room: int) -> Iterator[tuple[int, int]]:
    """Starts and ends of overlapping windows of at most `room` that cover `length`."""
    start = 0
    while start + room < length:
        yield start, start + room
        start += room - _OVERLAP_TOKENS
    yield start, length


@lru_cache(maxsize=256)
def _prefix(
    tokenizer: Tokenizer, question: Question
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """What comes before the answer, the same for all answers: ids, parts, places of markers."""
    words = _encode(tokenizer, question.text, _QUESTION_TOKENS)
    ids, parts, markers = [_CLS, *words, _SEP], [0, *[ASKED] * len(words), 0], []
    each = min(_SIGNAL_TOKENS, max(2, (_PREFIX_TOKENS - len(ids)) // len(question.signals) - 1))
    for signal in question.signals:
        words = _encode(tokenizer, signal.text, each)
        markers.append(len(ids))
        ids += [MARKERS[signal.kind], *words]
        parts += [0, *[PARTS[signal.kind]] * len(words)]
    return (*ids, _SEP), (*parts, 0), tuple(markers)


def _encode(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids[:limit]
