"""Find the lines that name their question themselves: `DE8: none`, `## data-engineering.6`.

Whoever writes notes along a playbook puts its number before the answer. Then nothing has to be
guessed.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from service.assignment.topic_chain import Array
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Turn

__all__ = ["find_named"]

_REACH = 12  # lines under a name, at most, that it still speaks for
_NAME = re.compile(
    r"^[\W_]*(?P<name>[a-z][a-z0-9]*(?:[ -/][a-z0-9]+)*?)[ .#:-]{0,2}(?P<number>\d{1,3})"
    r"(?:\s*[:.)\]–—-]|\s*$|\s+(?=\S))",
    re.IGNORECASE,
)


def find_named(turns: Sequence[Turn], questions: Sequence[Question]) -> Array:
    """Tell which turns name a question, or stand under one that does: (turns, questions) of 0 to 1.

    1 is a turn that names it, 0.5 one of the next twelve until another question or heading comes.
    A bare `Q8` counts if all questions are of one playbook.
    """
    names = _list_names(questions)
    named = np.zeros((len(turns), len(questions)))
    current, since = -1, 0
    for number, turn in enumerate(turns):
        if turn.speaker_id != NOTES and turn.name is None:
            continue
        found = _find_name(turn, names)
        if found is not None:
            current, since = found, 0
            named[number, current] = 1.0
        elif turn.heading is not None or since >= _REACH:
            current = -1
        elif current >= 0:
            since += 1
            named[number, current] = 0.5
    return named


def _find_name(turn: Turn, names: dict[str, int]) -> int | None:
    """Find the question that a turn begins with, also where a reader took it for a speaker."""
    if turn.name is not None and turn.name.casefold() in names:
        return names[turn.name.casefold()]
    found = _NAME.match(turn.text)
    if found is None:
        return None
    return names.get(f"{' '.join(found['name'].casefold().split())}{found['number']}")


def _list_names(questions: Sequence[Question]) -> dict[str, int]:
    """List what each question may be called, in small letters, by its place.

    `data-engineering.8` is also `data engineering 8`, `engineering 8` and `de8`; what two playbooks
    share names none.
    """
    playbooks = {question.playbook_id for question in questions}
    initials = {
        playbook: "".join(part[0] for part in playbook.split("-")) for playbook in playbooks
    }
    shared = Counter(initials.values())
    parts = Counter(part for playbook in playbooks for part in playbook.split("-"))
    names: dict[str, int] = {}
    for place, question in enumerate(questions):
        own = question.playbook_id
        called = [own, *(own.replace("-", mark) for mark in (" ", "/", ""))]
        called += [part for part in own.split("-") if parts[part] == 1]
        if shared[initials[own]] == 1 and len(initials[own]) > 1:
            called.append(initials[own])
        if len(playbooks) == 1:
            called += ["q", "question", "frage", "nr", "no"]
        names |= {f"{name}{question.number}": place for name in called}
    return names
