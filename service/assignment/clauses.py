"""Divide a line of notes that answers several questions among them, clause by clause."""

import re
from collections.abc import Iterator, Sequence

from service.assignment.models import Assignment, Stretch
from service.assignment.turn_scores import Relevance
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Turn

__all__ = ["divide_shared_lines"]

_SEPARATOR = re.compile(r"\s*(?:[;|]|(?<=\w)[.!?](?=\s)|\s//?\s)\s*")
_CLEAR = 0.25  # a clause goes to one question alone if it is by so much likelier to answer it


def divide_shared_lines(
    found: Sequence[Assignment],
    turns: Sequence[Turn],
    questions: Sequence[Question],
    relevance: Relevance,
) -> tuple[Assignment, ...]:
    """Give each clause of a line of notes that several questions share to the one that it answers.

    A clause that may answer several stays with all of them. A line is divided only if each of its
    questions has a clause to itself.
    """
    asked = {question.id: question for question in questions}
    parts: dict[str, dict[int, tuple[Stretch, ...]]] = {each.question_id: {} for each in found}
    for number, turn in enumerate(turns, 1):
        sharing = [asked[each.question_id] for each in found if number in each.turns]
        if len(sharing) < 2 or turn.speaker_id != NOTES:
            continue
        divided = _divide(turn.text, sharing, relevance)
        for question_id, stretches in divided.items():
            parts[question_id][number] = stretches
    return tuple(each.model_copy(update={"parts": parts[each.question_id]}) for each in found)


def _divide(
    text: str, questions: Sequence[Question], relevance: Relevance
) -> dict[str, tuple[Stretch, ...]]:
    """Give each question its stretches; nothing if one has no clause to itself."""
    given: dict[str, list[Stretch]] = {question.id: [] for question in questions}
    has_own: set[str] = set()
    for stretch in _split(text):
        chances = {q.id: relevance(q, text[slice(*stretch)]) for q in questions}
        likely = [name for name, c in chances.items() if c >= max(chances.values()) - _CLEAR]
        has_own.update(likely if len(likely) == 1 else ())
        for question_id in likely:
            given[question_id].append(stretch)
    if has_own != given.keys():
        return {}
    return {question_id: tuple(stretches) for question_id, stretches in given.items()}


def _split(text: str) -> Iterator[Stretch]:
    start = 0
    for mark in _SEPARATOR.finditer(text):
        if mark.start() > start:
            yield start, mark.start()
        start = mark.end()
    if start < len(text):
        yield start, len(text)
