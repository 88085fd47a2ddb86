"""The kinds of change, and every change of a kind that a suite can make."""

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
    find_sentence_starts,
    insert_piece,
    lower_text,
    raise_text,
)
from service.evaluation.robustness.speech import (
    drop_colliding,
    drop_words,
    hesitate,
    mishear,
    open_sentences,
    repeat_words,
)
from service.evaluation.robustness.suite import Suite
from service.evaluation.robustness.unicode import UNICODE_CHANGES
from service.judging.models import Verdict
from service.playbooks.models import Question, SignalKind

__all__ = ["Change", "ChangeKind", "find_quoted_spans", "list_changes"]

# Shares of the places at which a noise is possible; at least one place is taken.
_TERMS = 0.7
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
    """The kinds of change to an answer."""

    INSTRUCTION = "instruction"
    QUOTED_PLAYBOOK = "quoted_playbook"
    RECOGNITION_NOISE = "recognition_noise"
    CASE_AND_PUNCTUATION = "case_and_punctuation"
    FILLER = "filler"
    PADDING = "padding"
    UNICODE = "unicode"
    ADDITION = "addition"
    NEGATION = "negation"
    DENIAL = "denial"
    CONTENTLESS = "contentless"


class _PaddingPosition(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    AROUND = "around"


@dataclass(frozen=True)
class Change:
    """One thing to do to an answer; it gives no edits for an answer to which it can't be done.

    `wants` is the verdict that it tries to get, None if it tries nothing.
    """

    name: str
    edits: AnswerChange
    wants: Verdict | None = None


def list_changes(kind: ChangeKind, suite: Suite, shuffling: random.Random) -> list[Change]:
    """List every change of a kind in a shuffled order that spreads wordings and positions evenly.

    The list is read as a cycle, see `changed_cases`. As many neighbours in it as there are wordings
    have every wording once, and three neighbours have every position.
    """
    match kind:
        case ChangeKind.INSTRUCTION:
            return [
                Change(f"{one.name}@{position}", _insert(one.text, position), one.wants)
                for one, position in _cross(suite.instructions, Position, shuffling)
            ]
        case ChangeKind.QUOTED_PLAYBOOK:
            return [
                Change(f"{one.name}@{position}", _quote(one.text, position), Verdict.GOOD)
                for one, position in _cross(suite.quotations, Position, shuffling)
            ]
        case ChangeKind.PADDING:
            other = dict(zip(suite.padding, suite.padding[1:] + suite.padding[:1], strict=True))
            return [
                Change(f"{one.name}@{position}", _pad(one.text, other[one].text, position))
                for one, position in _cross(suite.padding, _PaddingPosition, shuffling)
            ]
        case ChangeKind.ADDITION | ChangeKind.NEGATION:
            wordings = suite.additions if kind is ChangeKind.ADDITION else suite.negations
            return [
                Change(f"{one.name}@{position}", _insert(one.text, position))
                for one, position in _cross(wordings, Position, shuffling)
            ]
        case ChangeKind.DENIAL:
            return [
                Change(one.name, _deny(one.text), Verdict.GOOD)
                for one in _shuffle(suite.denials, shuffling)
            ]
        case ChangeKind.CONTENTLESS:
            return [
                Change(one.name, _replace_all(one.text), Verdict.GOOD)
                for one in _shuffle(suite.contentless, shuffling)
            ]
    return [
        Change(name, _make_answer_change(change))
        for name, change in _list_text_changes(kind, suite).items()
    ]


def find_quoted_spans(label: SignalLabel, answer: str) -> list[tuple[int, int]]:
    """Find where the label's quotes are in the answer; those that are not in it are left out."""
    return [
        (start, start + len(quote)) for quote in label.quotes if (start := answer.find(quote)) >= 0
    ]


def _list_text_changes(kind: ChangeKind, suite: Suite) -> Mapping[str, TextChange]:
    match kind:
        case ChangeKind.RECOGNITION_NOISE:
            return _list_recognition_noises(suite)
        case ChangeKind.FILLER:
            return _list_fillers(suite)
        case ChangeKind.UNICODE:
            return UNICODE_CHANGES
        case _:
            return {
                "lowered": lambda text, _: lower_text(text),
                "capitals": lambda text, _: raise_text(text),
            }


def _list_recognition_noises(suite: Suite) -> Mapping[str, TextChange]:
    def terms(text: str, chance: random.Random) -> list[Edit]:
        return mishear(text, suite.mishearings, _TERMS, chance)

    def small_words(text: str, chance: random.Random) -> list[Edit]:
        alike = mishear(text, suite.sound_alikes, _SOUND_ALIKES, chance)
        return drop_colliding(alike, drop_words(text, suite.dropped_words, _DROPPED, chance))

    def everything(text: str, chance: random.Random) -> list[Edit]:
        return drop_colliding(terms(text, chance), small_words(text, chance))

    return {"terms": terms, "small-words": small_words, "everything": everything}


def _list_fillers(suite: Suite) -> Mapping[str, TextChange]:
    fillers = suite.fillers

    def sounds(text: str, chance: random.Random) -> list[Edit]:
        return hesitate(text, fillers.anywhere, _SOUNDS, chance)

    def openers(text: str, chance: random.Random) -> list[Edit]:
        return open_sentences(text, fillers.openers, _OPENERS, chance)

    def repeats(text: str, chance: random.Random) -> list[Edit]:
        return repeat_words(text, fillers.repeated, _REPEATED, chance)

    def everything(text: str, chance: random.Random) -> list[Edit]:
        return drop_colliding(openers(text, chance), sounds(text, chance), repeats(text, chance))

    return {"sounds": sounds, "openers": openers, "repeats": repeats, "everything": everything}


def _make_answer_change(change: TextChange) -> AnswerChange:
    return lambda case, question, chance: change(case.answer, chance)


def _insert(piece: str, position: Position) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        labels = case.signals.values()
        whole = [span for label in labels for span in find_quoted_spans(label, case.answer)]
        return insert_piece(case.answer, piece, position, whole)

    return edits


def _quote(frame: str, position: Position) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        signals = [signal.text for signal in question.of_kind(SignalKind.GOOD)]
        piece = frame.replace("{signals}", "; ".join(signals))
        piece = piece.replace("{signal}", chance.choice(signals))
        made = _insert(piece, position)(case, question, chance)
        followed = "".join(case.answer[edit.start :] for edit in made)
        return [] if _would_reply(frame, followed) else made

    return edits


def _would_reply(frame: str, followed: str) -> bool:
    """Check if what comes after a quotation could be read as a reply to it ("Yes, we do that")."""
    sentence = followed[: next(iter(find_sentence_starts(followed)), None)]
    return bool(sentence) and (frame.endswith("?") or bool(_REFERRING.search(sentence)))


def _pad(first: str, last: str, position: _PaddingPosition) -> AnswerChange:
    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        end = len(case.answer)
        before = Edit(0, 0, f"{first}\n\n")
        after = Edit(end, end, f"\n\n{last if position is _PaddingPosition.AROUND else first}")
        return {
            _PaddingPosition.BEFORE: [before],
            _PaddingPosition.AFTER: [after],
            _PaddingPosition.AROUND: [before, after],
        }[position]

    return edits


def _deny(frame: str) -> AnswerChange:
    """Take back a good answer; of any other, it isn't known what a denial would leave."""
    before, _, after = frame.partition("{answer}")

    def edits(case: Case, question: Question, chance: random.Random) -> list[Edit]:
        end = len(case.answer)
        return [Edit(0, 0, before), Edit(end, end, after)] if case.verdict is Verdict.GOOD else []

    return edits


def _replace_all(text: str) -> AnswerChange:
    return lambda case, question, chance: [Edit(0, len(case.answer), text)]


def _cross(
    wordings: Sequence[_W], positions: Iterable[_P], shuffling: random.Random
) -> Iterator[tuple[_W, _P]]:
    """Pair each wording once with each position, taking both in turn."""
    # Each lap has every wording once, and its positions begin one further than the lap's before: so
    # whichever part of the cycle some cases draw, they try about as many of each.
    order, turns = _shuffle(wordings, shuffling), list(positions)
    for lap in range(len(turns)):
        for number, wording in enumerate(order):
            yield wording, turns[(number + lap) % len(turns)]


def _shuffle(wordings: Sequence[_W], shuffling: random.Random) -> list[_W]:
    return shuffling.sample(wordings, len(wordings))
