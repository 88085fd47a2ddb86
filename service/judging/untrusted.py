"""Answers as data: delimiters nothing can forge, and flags for what talks to the grader."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import groupby

from service.judging.homoglyphs import latin
from service.judging.injection import instruction_spans
from service.judging.models import Answer
from service.judging.quotes import is_invisible
from service.judging.review import Flag
from service.judging.sentences import sentences
from service.playbooks.models import Question, SignalKind

__all__ = ["delimit", "flags_of", "neutralise", "recited_spans"]

_TAG_OPEN = re.compile(r"[<＜﹤](?=[/|!<＜A-Za-z])")
_TAG_CLOSE = re.compile(r"(?<=[A-Za-z0-9/|>＞\"'])[>＞﹥]")
_MARKER = re.compile(r"={3,}")
_CHAT_MARK = re.compile(r"\[(/?\s*(?:INST|SYS|SYSTEM|USER|ASSISTANT|SA))\]", re.IGNORECASE)

_RECITED_WORDS = 5
_WORD = re.compile(r"\w+")


def delimit(answer: Answer) -> str:
    """The conversation between marker lines made from a digest of it; a probe is marked [SA].

    The same answer always gives the same bytes, and no answer can contain its own digest.
    """
    said = "\n\n".join(
        neutralise(turn.text) if turn.side == "customer" else f"[SA] {turn.text}"
        for turn in answer.turns
    )
    marker = f"=== answer {hashlib.sha256(said.encode()).hexdigest()[:16]} ==="
    return f"{marker}\n{said}\n{marker}"


def neutralise(text: str) -> str:
    """The text without invisible characters, its markers, tags and chat templates disarmed."""
    visible = "".join(c for c in text if c.isprintable() or not is_invisible(c))
    disarmed = _TAG_CLOSE.sub("›", _TAG_OPEN.sub("‹", _MARKER.sub("==", visible)))
    return _CHAT_MARK.sub(r"(\1)", disarmed)


def recited_spans(
    text: str, question: Question, in_a_row: int = _RECITED_WORDS
) -> list[tuple[int, int]]:
    """Where so many words in a row or more are the good signals': start and end of each run.

    Nobody tells of their own platform in the very words of a playbook; they were read out or quoted
    back, and say nothing of what the customer does. A sentence of which they are half or more goes
    whole, since what is left of it only says whose words they are.
    """
    text = latin(text)
    words = list(_WORD.finditer(text))
    recited = _recited([word[0].casefold() for word in words], question, in_a_row)
    starts = [word.start() for word in words]
    spans: list[tuple[int, int]] = []
    for start, end in sentences(text) if recited else ():
        inside = range(bisect_left(starts, start), bisect_left(starts, end))
        read_out = recited.intersection(inside)
        if read_out and 2 * len(read_out) >= len(inside):
            spans.append((start, end))
        else:
            spans += [(words[a].start(), words[b].end()) for a, b in _stretches(read_out)]
    return spans


def flags_of(question: Question, answer: Answer) -> tuple[Flag, ...]:
    """What a person should know of this answer before trusting its grade."""
    found = {
        Flag.SUSPECTED_INSTRUCTIONS: instruction_spans(answer.text),
        Flag.RECITED_PLAYBOOK: recited_spans(answer.text, question),
    }
    return tuple(flag for flag, spans in found.items() if spans)


def _recited(said: list[str], question: Question, in_a_row: int) -> set[int]:
    """The places of the words said that belong to a run out of the good signals."""
    wording = " ".join(signal.text for signal in question.of_kind(SignalKind.GOOD))
    runs = set(_runs(_WORD.findall(wording.casefold()), in_a_row))
    starts = (place for place, run in enumerate(_runs(said, in_a_row)) if run in runs)
    return {place + n for place in starts for n in range(in_a_row)}


def _stretches(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of neighbours."""
    for _, pairs in groupby(enumerate(sorted(places)), lambda pair: pair[1] - pair[0]):
        stretch = [place for _, place in pairs]
        yield stretch[0], stretch[-1]


def _runs(words: list[str], in_a_row: int) -> list[tuple[str, ...]]:
    """Every so many words in a row."""
    starts = range(len(words) - in_a_row + 1)
    return [tuple(words[start : start + in_a_row]) for start in starts]
