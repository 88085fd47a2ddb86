"""Matching words of signals and answer, over hand-made vectors: one direction for each word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.judging.embedded.packing import MARKERS, QUESTION_PART, SIGNAL_PARTS, PackedSequence
from service.judging.embedded.word_match import (
    MatchRegression,
    WordMatch,
    list_features,
    match_words,
)
from service.playbooks.models import SignalKind

CLS, SEP, THE = 101, 102, 1996
GOOD, WEAK = SignalKind.GOOD, SignalKind.WEAK
WORDS = st.lists(st.integers(3000, 3010), max_size=8)

Signals = list[tuple[SignalKind, list[int]]]


def packed(asked: list[int], signals: Signals, said: list[int]) -> PackedSequence:
    ids, parts, markers = [CLS, *asked, SEP], [0, *[QUESTION_PART] * len(asked), 0], []
    for kind, words in signals:
        markers.append(len(ids))
        ids += [MARKERS[kind], *words]
        parts += [0, *[SIGNAL_PARTS[kind]] * len(words)]
    start = len(ids) + 1
    return PackedSequence(
        ids=[*ids, SEP, *said, SEP],
        segments=[0] * start + [1] * (len(said) + 1),
        parts=[*parts, *[0] * (len(said) + 2)],
        markers=markers,
        answer_start=start,
        offsets=[(5 * n, 5 * n + 4) for n in range(len(said))],
    )


def found(
    said: list[int], *good: list[int], weak: tuple[int, ...] = (9000,), asked: tuple[int, ...] = ()
) -> WordMatch:
    signals: Signals = [*((GOOD, words) for words in good), (WEAK, list(weak))]
    sequence = packed(list(asked), signals, said)
    vocabulary = sorted(set(sequence.ids))
    places = [vocabulary.index(word) for word in sequence.ids]
    return match_words(3 * np.eye(len(vocabulary), dtype=np.float32)[places], sequence)


def test_what_a_signal_says_is_found_wherever_the_answer_says_it() -> None:
    both = found([4000, 3002, 3001, 3003], [3001, 3002], [3003])
    assert both.recall == pytest.approx(1)
    assert both.wanted == 3
    assert both.signals == pytest.approx([1, 1, 0])
    assert both.evidence[0] == pytest.approx([0, 1, 1, 0])
    assert both.evidence[1] == pytest.approx([0, 0, 0, 1])


def test_a_signal_that_is_not_there_is_told_from_one_that_is() -> None:
    one = found([3001], [3001], [3002])
    assert one.signals == pytest.approx([1, 0, 0])
    assert 0 < one.recall < 1


def test_weak_signals_have_no_part_in_recall() -> None:
    assert found([3001], [3001], weak=(3002, 3003)).recall == pytest.approx(1)
    assert found([3002, 3003], [3001], weak=(3002, 3003)).recall == 0


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    assert found([29_000], [THE, 29_000]).recall > 0.9
    assert found([THE], [THE, 29_000]).recall < 0.1


def test_what_the_question_says_already_hardly_counts() -> None:
    assert found([3001], [3001, 3002], asked=(3001,)).recall < 0.15
    assert found([3002], [3001, 3002], asked=(3001,)).recall > 0.85


def test_an_answer_without_words_has_nothing_of_anything() -> None:
    nothing = found([], [3001], [3002])
    assert (nothing.recall, nothing.said) == (0, 0)
    assert nothing.signals == pytest.approx([0, 0, 0])
    assert nothing.evidence.shape == (3, 0)


def test_nothing_is_gained_by_what_is_beside_the_point() -> None:
    short = found([3001], [3001, 3002])
    long = found([3001, *range(4000, 4100)], [3001, 3002])
    assert list_features(long) == pytest.approx(list_features(short))
    assert found([3001, 3002], [3001, 3002]).said > short.said > 0


@given(WORDS, WORDS, st.lists(st.integers(3000, 3010), min_size=1, max_size=6))
def test_saying_more_never_lowers_recall(said: list[int], more: list[int], good: list[int]) -> None:
    before, after = found(said, good), found([*said, *more], good)
    assert after.recall >= before.recall - 1e-6
    assert 0 <= after.recall <= 1 + 1e-6
    assert (after.signals >= before.signals - 1e-6).all()


def test_its_weights_tell_verdicts_and_shown_signals() -> None:
    zero = (0.0, 0.0, 0.0, 0.0)
    weights = ((1.0, 2.0, 0.0, 0.0), zero, zero, zero)
    matching = MatchRegression(verdict_weights=weights, shown_weights=(-2.0, 4.0))
    one = found([3001], [3001], [3002])
    assert matching.score_verdicts(one) == pytest.approx([1 + 2 * one.recall, 0, 0, 0])
    assert matching.score_shown(one)[:2] == pytest.approx(
        [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))]
    )
    assert list_features(one)[2:] == pytest.approx(np.log([1 + one.wanted, 1 + one.said]))
