"""The kinds of change, and every change of a kind that a suite makes."""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from service.evaluation.cases.case import Case, SignalLabel
from service.evaluation.robustness.edits import (
    Edit,
    Position,
    capitals,
    inserted,
    lowered,
    sentence_starts,
)
from service.evaluation.robustness.speech import (
    apart,
    dropped,
    hesitating,
    misheard,
    opening,
    repeating,
)
from service.evaluation.robustness.suite import Suite
from service.evaluation.robustness.unicode import UNICODE_CHANGES
from service.judging.models import Verdict
from service.playbooks.models import Question, SignalKind

__all__ = ["Change", "ChangeKind", "changes_of", "quoted_spans"]

_TERMS = 0.7  # shares of the places where a noise can stand; one at least is taken
_SOUND_ALIKES = 0.35
_DROPPED = 0.06
_SOUNDS = 0.08
_OPENERS = 0.3
_REPEATED = 0.15

_REFERRING = re.compile(
    r"\b(this|that|these|those|it|its|they|them|their|such|same|so|here|there|yes|yeah|yep|no|not"
    r"|both|all|each|either|neither|none|nothing|exactly|precisely|sure|course|too|also|do|did)\b",
    re.IGNORECASE,
)
_W = TypeVar("_W")
_P = TypeVar("_P")
TextChange = Callable[[str, random.Random], list[Edit]]
AnswerChange = Callable[[Case, Question, random.Random], list[Edit]]


class ChangeKind(StrEnum):
    """What is done to an answer."""

    INSTRUCTION = "instruction"
    QUOTED_PLAYBOOK = "quoted_playbook"
    RECOGNITION_NOISE = "recognition_noise"
    CASE_AND_PUNCTUATION = "case_and_punctuation"
    FILLER = "filler"
    PADDING = "padding"
    UNICODE = "unicode"
    CONTENTLESS = "contentless"


class _Place(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    AROUND = "around"


@dataclass(frozen=True)
class Change:
    """One thing to do to an answer; no edits where it can't be done to that one.

    `wants` is the verdict that it tries to get, None where it tries nothing.
    """

    name: str
    edits: AnswerChange
    wants: Verdict | None = None


def changes_of(kind: ChangeKind, suite: Suite, shuffling: random.Random) -> list[Change]:
    """Every change of a kind, shuffled: a cycle in which each wording stands once in each place.

    As many neighbours as there are wordings hold every wording; three neighbours, every place.
    """
    match kind:
        case ChangeKind.INSTRUCTION:
            return [
                Change(f"{one.name}@{place}", _inserting(one.text, place), one.wants)
                for one, place in _crossed(suite.instructions, Position, shuffling)
            ]
        case ChangeKind.QUOTED_PLAYBOOK:
            return [
                Change(f"{one.name}@{place}", _quoting(one.text, place), Verdict.GOOD)
                for one, place in _crossed(suite.quotations, Position, shuffling)
            ]
        case ChangeKind.PADDING:
            other = dict(zip(suite.padding, suite.padding[1:] + suite.padding[:1], strict=True))
            return [
                Change(f"{one.name}@{place}", _padding(one.text, other[one].text, place))
                for one, place in _crossed(suite.padding, _Place, shuffling)
            ]
        case ChangeKind.CONTENTLESS:
            return [
                Change(one.name, _replacing(one.text), Verdict.GOOD)
                for one in _shuffled(suite.contentless, shuffling)
            ]
    return [Change(name, _of_text(change)) for name, change in _text_changes(kind, suite).items()]


def quoted_spans(label: SignalLabel, answer: str) -> list[tuple[int, int]]:
    """Where the label's quotes stand in the answer they are of; those that don't are left out."""
    return [
        (start, start + len(quote)) for quote in label.quotes if (start := answer.find(quote)) >= 0
    ]


def _text_changes(kind: ChangeKind, suite: Suite) -> Mapping[str, TextChange]:
    match kind:
        case ChangeKind.RECOGNITION_NOISE:
            return _recognition_noises(suite)
        case ChangeKind.FILLER:
            return _fillers(suite)
        case ChangeKind.UNICODE:
            return UNICODE_CHANGES
        case _:
            return {
                "lowered": lambda text, _: lowered(text),
                "capitals": lambda text, _: capitals(text),
            }


def _recognition_noises(suite: Suite) -> Mapping[str, TextChange]:
    def terms(text: str, chance: random.Random) -> list[Edit]:
        return misheard(text, suite.mishearings, _TERMS, chance)

    def small_words(text: str, chance: random.Random) -> list[Edit]:
        alike = misheard(text, suite.sound_alikes, _SOUND_ALIKES, chance)
        return apart(alike, dropped(text, suite.dropped_words, _DROPPED, chance))

    def everything(text: str, chance: random.Random) -> list[Edit]:
        return apart(terms(text, chance), small_words(text, chance))

    return {"terms": terms, "small-words": small_words, "everything": everything}


def _fillers(suite: Suite) -> Mapping[str, TextChange]:
    fillers = suite.fillers

    def sounds(text: str, chance: random.Random) -> list[Edit]:
        return hesitating(text, fillers.anywhere, _SOUNDS, chance)

    def openers(text: str, chance: random.Random) -> list[Edit]:
        return opening(text, fillers.openers, _OPENERS, chance)

    def repeats(text: str, chance: random.Random) -> list[Edit]:
        return repeating(text, fillers.repeated, _REPEATED, chance)

    def everything(text: str, chance: random.Random) -> list[Edit]:
        return apart(openers(text, chance), sounds(text, chance), repeats(text, chance))

    return {"sounds": sounds, "openers": openers, "repeats": repeats, "everything": everything}


def _of_text(change: TextChange) -> AnswerChange:
    return lambda case, question, chance: change(case.answer, chance)


def _inserting(piece: str, position: Position) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        labels = case.signals.values()
        whole = [span for label in labels for span in quoted_spans(label, case.answer)]
        return inserted(case.answer, piece, position, whole)

    return edits


def _quoting(frame: str, position: Position) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        signals = [signal.text for signal in question.of_kind(SignalKind.GOOD)]
        piece = frame.replace("{signals}", "; ".join(signals))
        piece = piece.replace("{signal}", chance.choice(signals))
        made = _inserting(piece, position)(case, question, chance)
        followed = "".join(case.answer[edit.start :] for edit in made)
        return [] if _would_reply(frame, followed) else made

    return edits


def _would_reply(frame: str, followed: str) -> bool:
    """Whether what comes after a quotation could be taken for a word on it ("Yes, we do that")."""
    sentence = followed[: next(iter(sentence_starts(followed)), None)]
    return bool(sentence) and (frame.endswith("?") or bool(_REFERRING.search(sentence)))


def _padding(first: str, last: str, place: _Place) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        end = len(case.answer)
        before = Edit(0, 0, f"{first}\n\n")
        after = Edit(end, end, f"\n\n{last if place is _Place.AROUND else first}")
        return {
            _Place.BEFORE: [before],
            _Place.AFTER: [after],
            _Place.AROUND: [before, after],
        }[place]

    return edits


def _replacing(text: str) -> AnswerChange:
    return lambda case, question, chance: [Edit(0, len(case.answer), text)]


def _crossed(
    wordings: Sequence[_W], places: Iterable[_P], shuffling: random.Random
) -> Iterator[tuple[_W, _P]]:
    order, turns = _shuffled(wordings, shuffling), list(places)
    for lap in range(len(turns)):
        for number, wording in enumerate(order):
            yield wording, turns[(number + lap) % len(turns)]


def _shuffled(wordings: Sequence[_W], shuffling: random.Random) -> list[_W]:
    return shuffling.sample(wordings, len(wordings))
