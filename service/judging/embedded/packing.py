"""Pack one judgement into one sequence: question, every signal behind a marker, then answer.

    [CLS] question [SEP] (marker signal)... [SEP] answer [SEP]

The model gives a signal's status at its marker, so that one pass judges all signals.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tokenizers import Tokenizer

from service.playbooks.models import Question, SignalKind

__all__ = [
    "MARKERS",
    "MAX_TOKENS",
    "MAX_WINDOWS",
    "QUESTION_PART",
    "SIGNAL_PARTS",
    "PackedSequence",
    "pack",
    "split_windows",
]

MAX_TOKENS = 512
MAX_WINDOWS = 16
MARKERS = {SignalKind.GOOD: 1, SignalKind.WEAK: 2}  # BERT's [unused0] and [unused1]
QUESTION_PART = 1
SIGNAL_PARTS = {SignalKind.GOOD: 2, SignalKind.WEAK: 3}
_CLS, _SEP = 101, 102
_QUESTION_TOKENS, _SIGNAL_TOKENS, _PREFIX_TOKENS = 64, 48, 320
_OVERLAP_TOKENS = 64


@dataclass(frozen=True)
class PackedSequence:
    """The token ids of one judgement, with segment 1 from `answer_start` on.

    `parts` says where each token belongs: 1 question, 2 good signals, 3 weak signals, 0 elsewhere.
    `markers` are the places of the signals' markers, in the question's order. `offsets` are the
    answer tokens' start and end characters. `is_of_whole` is false if parts of the answer are in no
    sequence.
    """

    ids: list[int]
    segments: list[int]
    parts: list[int]
    markers: list[int]
    answer_start: int
    offsets: list[tuple[int, int]]
    is_of_whole: bool = True


def pack(tokenizer: Tokenizer, question: Question, text: str) -> list[PackedSequence]:
    """Pack the answer into one sequence, or into several that overlap if it is too long for one.

    At most MAX_WINDOWS are made, in the order of the text: those with most of the words of question
    and signals. That is more than 20,000 characters of English need.
    """
    prefix, parts, markers = _pack_prefix(tokenizer, question)
    encoded = tokenizer.encode(text, add_special_tokens=False)
    windows = list(split_windows(len(encoded.ids), MAX_TOKENS - len(prefix) - 1))
    chosen = _choose_windows(windows, encoded.ids, frozenset(prefix))
    return [
        PackedSequence(
            ids=[*prefix, *encoded.ids[start:end], _SEP],
            segments=[0] * len(prefix) + [1] * (end - start + 1),
            parts=[*parts, *[0] * (end - start + 1)],
            markers=list(markers),
            answer_start=len(prefix),
            offsets=encoded.offsets[start:end],
            is_of_whole=len(chosen) == len(windows),
        )
        for start, end in chosen
    ]


def split_windows(length: int, room: int) -> Iterator[tuple[int, int]]:
    """Split `length` tokens into overlapping windows of at most `room`: start and end of each."""
    start = 0
    while start + room < length:
        yield start, start + room
        start += room - _OVERLAP_TOKENS
    yield start, length


def _choose_windows(
    windows: list[tuple[int, int]], ids: list[int], wanted: frozenset[int]
) -> list[tuple[int, int]]:
    """Choose the windows to read, so that no answer costs many times what another does."""
    if len(windows) <= MAX_WINDOWS:
        return windows
    # Of windows that are alike, the earlier: sorting is stable.
    windows = sorted(windows, key=lambda window: -len(wanted.intersection(ids[slice(*window)])))
    return sorted(windows[:MAX_WINDOWS])


@lru_cache(maxsize=256)
def _pack_prefix(
    tokenizer: Tokenizer, question: Question
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Pack what is the same for all answers to a question: ids, parts, and places of markers."""
    words = _encode(tokenizer, question.text, _QUESTION_TOKENS)
    ids, parts, markers = [_CLS, *words, _SEP], [0, *[QUESTION_PART] * len(words), 0], []
    # Many signals share the room of the prefix, so that there is always some for the answer.
    each = min(_SIGNAL_TOKENS, max(2, (_PREFIX_TOKENS - len(ids)) // len(question.signals) - 1))
    for signal in question.signals:
        words = _encode(tokenizer, signal.text, each)
        markers.append(len(ids))
        ids += [MARKERS[signal.kind], *words]
        parts += [0, *[SIGNAL_PARTS[signal.kind]] * len(words)]
    return (*ids, _SEP), (*parts, 0), tuple(markers)


def _encode(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids[:limit]
