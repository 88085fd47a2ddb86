"""Treat answers as data: delimit them so that nothing can be forged, and flag suspect ones."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import groupby

from service.judging.answer_text import is_invisible, replace_homoglyphs, split_sentences
from service.judging.gibberish import looks_like_gibberish
from service.judging.injection import find_instructions
from service.judging.models import Answer
from service.judging.review import Flag
from service.playbooks.models import Question, SignalKind

__all__ = ["delimit", "find_flags", "find_recited", "neutralise"]

# What a model may take for the form of the conversation: tags such as </answer>, our own marker
# lines, and roles in brackets. A "<" before a number or space ("p99 < 200 ms") is left alone.
_TAG_OPEN = re.compile(r"[<＜﹤](?=[/|!<＜A-Za-z])")
_TAG_CLOSE = re.compile(r"(?<=[A-Za-z0-9/|>＞\"'])[>＞﹥]")
_MARKER = re.compile(r"={3,}")
_CHAT_MARK = re.compile(r"\[(/?\s*(?:INST|SYS|SYSTEM|USER|ASSISTANT|SA))\]", re.IGNORECASE)

_RECITED_WORDS = 5  # fewer are said by chance
_WORD = re.compile(r"\w+")


def delimit(answer: Answer) -> str:
    """Put the conversation between marker lines made from a digest of it; a probe is marked [SA].

    The same answer always gives the same bytes, so that caches and recordings work. No answer can
    contain its own digest.
    """
    conversation = "\n\n".join(
        neutralise(turn.text) if turn.side == "customer" else f"[SA] {turn.text}"
        for turn in answer.turns
    )
    marker = f"=== answer {hashlib.sha256(conversation.encode()).hexdigest()[:16]} ==="
    return f"{marker}\n{conversation}\n{marker}"


def neutralise(text: str) -> str:
    """Leave out invisible characters, and change markers, tags and marks of chat templates.

    A person still reads the same words, but a model can't take them for the form of its prompt.
    """
    visible = "".join(c for c in text if c.isprintable() or not is_invisible(c))
    disarmed = _TAG_CLOSE.sub("›", _TAG_OPEN.sub("‹", _MARKER.sub("==", visible)))
    return _CHAT_MARK.sub(r"(\1)", disarmed)


def find_recited(
    text: str, question: Question, in_a_row: int = _RECITED_WORDS
) -> list[tuple[int, int]]:
    """Find the start and end of each run of words taken from the good signals.

    A run is `in_a_row` words or more. Nobody describes their own platform in the very words of a
    playbook. Such words were read out or quoted back, and say nothing about what the customer does.
    A sentence is taken whole if half of its words or more are recited, because the rest only says
    whose words they are.
    """
    text = replace_homoglyphs(text)
    words = list(_WORD.finditer(text))
    recited = _find_recited_places([word[0].casefold() for word in words], question, in_a_row)
    starts = [word.start() for word in words]
    spans: list[tuple[int, int]] = []
    for start, end in split_sentences(text) if recited else ():
        inside = range(bisect_left(starts, start), bisect_left(starts, end))
        read_out = recited.intersection(inside)
        if read_out and 2 * len(read_out) >= len(inside):
            spans.append((start, end))
        else:
            spans += [(words[a].start(), words[b].end()) for a, b in _join_neighbours(read_out)]
    return spans


def find_flags(question: Question, answer: Answer) -> tuple[Flag, ...]:
    """Find what a person should know about this answer before trusting its grade."""
    found = {
        Flag.SUSPECTED_INSTRUCTIONS: bool(find_instructions(answer.text)),
        Flag.RECITED_PLAYBOOK: bool(find_recited(answer.text, question)),
        Flag.GIBBERISH: looks_like_gibberish(answer.text),
    }
    return tuple(flag for flag, is_found in found.items() if is_found)


def _find_recited_places(words: list[str], question: Question, in_a_row: int) -> set[int]:
    """Find the places of the words that belong to a run out of the good signals."""
    wording = " ".join(signal.text for signal in question.of_kind(SignalKind.GOOD))
    runs = set(_list_runs(_WORD.findall(wording.casefold()), in_a_row))
    starts = (place for place, run in enumerate(_list_runs(words, in_a_row)) if run in runs)
    return {place + n for place in starts for n in range(in_a_row)}


def _join_neighbours(places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join places without a gap between them, each stretch to its first and last."""
    for _, pairs in groupby(enumerate(sorted(places)), lambda pair: pair[1] - pair[0]):
        stretch = [place for _, place in pairs]
        yield stretch[0], stretch[-1]


def _list_runs(words: list[str], in_a_row: int) -> list[tuple[str, ...]]:
    """List every run of exactly `in_a_row` words, overlapping ones too."""
    starts = range(len(words) - in_a_row + 1)
    return [tuple(words[start : start + in_a_row]) for start in starts]
