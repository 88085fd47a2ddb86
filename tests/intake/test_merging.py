"""Neighbouring cues of one speaker become one turn; nothing else is joined."""

import pytest

from service.transcripts.merging import merged
from service.transcripts.turns import Side, Turn


def turn(speaker: str, start: int | None, end: int | None, text: str = "x", **more: object) -> Turn:
    record = {"speaker_id": speaker, "start_ms": start, "end_ms": end, "text": text}
    return Turn.model_validate(record | more)


def test_a_joined_turn_runs_from_the_first_to_the_latest_end() -> None:
    [joined] = merged(
        [
            turn("A", 0, 900, "we load", line=3, confidence=0.9),
            turn("A", 1000, 5000, "all tables", line=6, confidence=0.4),
            turn("A", 4000, 4500, "nightly", line=9, confidence=0.8),
        ],
        gap_ms=100,
    )
    expected = turn("A", 0, 5000, "we load all tables nightly", line=3, confidence=0.4)
    assert joined == expected


@pytest.mark.parametrize(
    "pair",
    [
        (turn("A", 0, 900), turn("B", 900, 950)),
        (turn("A", 0, 900), turn("A", 1001, 1100)),
        (turn("A", 0, 900), turn("A", 950, 960, side=Side.CUSTOMER)),
        (turn("A", 500, 900), turn("A", 400, 1000)),
        (turn("A", 0, None), turn("A", 5, None)),
        (turn("A", None, None), turn("A", None, None)),
        (turn("A", None, 900), turn("A", 900, 1000)),
    ],
    ids=[
        "another speaker",
        "too far",
        "another side",
        "out of order",
        "no end",
        "notes",
        "no start",
    ],
)
def test_what_is_not_said_in_one_go_stays_apart(pair: tuple[Turn, Turn]) -> None:
    assert merged(pair, gap_ms=100) == pair


def test_an_unknown_end_or_confidence_stays_unknown() -> None:
    [joined] = merged([turn("A", 0, 9, confidence=0.9), turn("A", 9, None)], gap_ms=0)
    assert (joined.end_ms, joined.confidence) == (None, None)


def test_nothing_becomes_nothing() -> None:
    assert merged([], gap_ms=1) == ()
