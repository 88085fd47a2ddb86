import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from service.judging.embedded.onnx_model import BUILT_IN
from service.judging.embedded.packing import (
    MARKERS,
    MAX_TOKENS,
    MAX_WINDOWS,
    pack,
    split_windows,
)
from service.playbooks.models import Question, Signal, SignalKind
from tests.fakes import a_question


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(BUILT_IN / "tokenizer.json"))


def test_every_signal_stands_behind_its_marker(tokenizer: Tokenizer) -> None:
    question = a_question()
    (packed,) = pack(tokenizer, question, "We watch it.")
    kinds = [packed.ids[place] for place in packed.markers]
    assert kinds == [MARKERS[signal.kind] for signal in question.signals]
    assert packed.segments.index(1) == packed.answer_start
    assert packed.offsets == [(0, 2), (3, 8), (9, 11), (11, 12)]


def test_parts_tell_the_words_of_question_and_signals(tokenizer: Tokenizer) -> None:
    question = a_question()
    (packed,) = pack(tokenizer, question, "We watch it.")
    texts = [question.text, *(_wording(question, kind) for kind in SignalKind)]
    for part, text in enumerate(texts, start=1):
        words = [i for i, p in zip(packed.ids, packed.parts, strict=True) if p == part]
        assert words == tokenizer.encode(text, add_special_tokens=False).ids


def _wording(question: Question, kind: SignalKind) -> str:
    return " ".join(signal.text for signal in question.of_kind(kind))


def test_a_long_answer_is_covered_by_overlapping_windows(tokenizer: Tokenizer) -> None:
    text = "word " * 2000
    packed = pack(tokenizer, a_question(), text)
    assert len(packed) > 3
    assert all(len(p.ids) <= MAX_TOKENS for p in packed)
    assert {offset for p in packed for offset in p.offsets} == {
        (n * 5, n * 5 + 4) for n in range(2000)
    }


def test_twenty_thousand_characters_of_english_are_read_whole(tokenizer: Tokenizer) -> None:
    spoken = "Well, we run a full load of every table each night, and then we compare the counts. "
    packed = pack(tokenizer, a_question(), (spoken * 300)[:20_000])
    assert all(part.is_of_whole for part in packed)


def test_of_an_answer_of_too_many_words_the_windows_closest_to_the_question_are_read(
    tokenizer: Tokenizer,
) -> None:
    noise = "x-" * 4_000
    text = f"{noise} It watches the temperature, stirs on a timer. {noise}"
    packed = pack(tokenizer, a_question(), text)
    assert len(packed) == MAX_WINDOWS
    assert not any(part.is_of_whole for part in packed)
    read = {text[start:end] for part in packed for start, end in part.offsets}
    assert {"temperature", "timer"} <= read
    starts = [part.offsets[0] for part in packed]
    assert starts == sorted(starts)


def test_many_long_signals_leave_room_for_the_answer(tokenizer: Tokenizer) -> None:
    signals = [Signal(id=f"good.{n}", wording="very long words " * 60) for n in range(1, 30)]
    weak = Signal(id="weak.1", wording="none")
    question = Question(
        number=1, text="why " * 300, signals=(*signals, weak), probe="?", insight="!"
    )
    (packed,) = pack(tokenizer, question, "An answer.")
    assert len(packed.ids) <= MAX_TOKENS
    assert len(packed.offsets) == 3


@given(st.integers(0, 5000), st.integers(65, 400))
def test_windows_leave_nothing_out(length: int, room: int) -> None:
    spans = list(split_windows(length, room))
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    assert all(end - start <= room for start, end in spans)
    assert all(later[0] < earlier[1] for earlier, later in itertools.pairwise(spans))
