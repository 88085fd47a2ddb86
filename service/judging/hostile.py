"""Answers as data: delimiters nothing can forge, and flags for what talks to the grader."""

import hashlib
import re

from service.judging.instructions import instruction_spans
from service.judging.models import Answer, Flag
from service.judging.spans import is_invisible
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


def recited_spans(text: str, question: Question) -> list[tuple[int, int]]:
    """Where five words in a row or more are those of a good signal: start and end of each run.

    Nobody tells of their own platform in the very words of a playbook; they were read out or quoted
    back, and say nothing of what the customer does.
    """
    runs = {
        run
        for signal in question.of_kind(SignalKind.GOOD)
        for run in _runs(_WORD.findall(signal.text.casefold()))
    }
    words = list(_WORD.finditer(text))
    said = [word[0].casefold() for word in words]
    spans: list[tuple[int, int]] = []
    for place, run in enumerate(_runs(said)):
        if run in runs:
            start, end = words[place].start(), words[place + _RECITED_WORDS - 1].end()
            if spans and start <= spans[-1][1]:
                start = spans.pop()[0]
            spans.append((start, end))
    return spans


def flags_of(question: Question, answer: Answer) -> tuple[Flag, ...]:
    """What a person should know of this answer before trusting its grade."""
    found = {
        Flag.SUSPECTED_INSTRUCTIONS: instruction_spans(answer.text),
        Flag.RECITED_PLAYBOOK: recited_spans(answer.text, question),
    }
    return tuple(flag for flag, spans in found.items() if spans)


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    """Every five words in a row."""
    starts = range(len(words) - _RECITED_WORDS + 1)
    return [tuple(words[start : start + _RECITED_WORDS]) for start in starts]
