"""A turn is the same whoever wrote it."""

import pytest
from pydantic import ValidationError

from service.errors import UnreadableSource
from service.transcripts.turns import NOBODY, Turn


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  full loads\tevery\n night ", "full loads every night"),
        ("a\u00a0b\u2028c\x0bd", "a b c d"),
        ("bell\x07 and \ud800 alone", "bell\ufffd and \ufffd alone"),
        ("\u200fשלום\u200f", "\u200fשלום\u200f"),
    ],
)
def test_text_stands_on_one_line_and_steers_nothing(given: str, kept: str) -> None:
    assert Turn(speaker_id="A", text=given).text == kept


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200f", "\x00", "\ufeff", 5])
def test_a_turn_says_something_that_can_be_seen(text: object) -> None:
    with pytest.raises(ValidationError):
        Turn.model_validate({"speaker_id": "A", "text": text})


@pytest.mark.parametrize(
    "record",
    [
        {"start_ms": -1},
        {"start_ms": 2**53},
        {"start_ms": 9, "end_ms": 8},
        {"confidence": 1.01},
        {"confidence": float("nan")},
        {"side": "ours"},
        {"line": 0},
        {"heading": 8},
        {"channel": 1},
    ],
)
def test_a_turn_holds_no_nonsense(record: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Turn.model_validate({"speaker_id": "A", "text": "yes"} | record)


def test_a_label_that_shows_nothing_is_none_and_a_long_one_is_cut() -> None:
    turn = Turn(speaker_id=" \u200b ", name="\t", email="Ann@ACME.example", text="x")
    assert (turn.speaker_id, turn.name, turn.email) == (NOBODY, None, "ann@acme.example")
    assert len(Turn(speaker_id="i" * 999, text="x").speaker_id) == 200


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("", 0, "broken"),
        ("", 7, "line 7: broken"),
        ("call.vtt", 0, "call.vtt: broken"),
        ("call.vtt", 7, "call.vtt:7: broken"),
    ],
)
def test_an_error_says_where_as_far_as_known(name: str, line: int, said: str) -> None:
    assert str(UnreadableSource("broken", name=name, line=line)) == said
