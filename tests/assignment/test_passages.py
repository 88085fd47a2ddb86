"""Passages hold the customer's words, and say where each stretch of them was said."""

import pytest

from service.assignment.models import Assignment
from service.assignment.passages import (
    LeftOutTurn,
    Moment,
    SourceLocation,
    cut_passages,
    find_unassigned,
)
from service.judging.models import MAX_ANSWER_CHARACTERS
from service.transcripts.turns import NOTES, Side, Skipped, Turn

SA = Turn(speaker_id="sa", side=Side.SELLER, text="How do you keep it from burning?", line=1)
ANN = Turn(
    speaker_id="s2",
    name="Ann",
    side=Side.CUSTOMER,
    text="We stir on a timer.",
    line=2,
    start_ms=900,
    end_ms=2400,
)
LINE = Turn(speaker_id=NOTES, text="it rarely burns", line=7)
HEADING = Turn(speaker_id=NOTES, text="Kitchen", heading=1, line=6)


def spoken(text: str, side: Side = Side.CUSTOMER, line: int | None = None) -> Turn:
    return Turn(speaker_id="c", side=side, text=text, line=line)


def assigned(*turns: int, question_id: str = "cooking.1") -> Assignment:
    return Assignment(question_id=question_id, turns=turns)


def test_each_moment_is_the_stretch_of_the_answer_that_its_turn_said() -> None:
    turns = [SA, ANN, spoken("Well 🤷"), spoken("and ça va")]
    [passage], _ = cut_passages(turns, [assigned(2, 3, 4)])
    said = [passage.answer.text[moment.start : moment.end] for moment in passage.moments]
    assert said == [turn.text for turn in turns[1:]]
    assert [moment.turn for moment in passage.moments] == [2, 3, 4]


def test_a_moment_names_speaker_line_and_times() -> None:
    [passage], _ = cut_passages([SA, ANN, LINE], [assigned(2, 3)])
    first, second = passage.moments
    assert first == Moment(
        turn=2,
        line=2,
        start_ms=900,
        end_ms=2400,
        speaker="Ann",
        side=Side.CUSTOMER,
        start=0,
        end=19,
    )
    assert (second.line, second.start_ms, second.speaker) == (7, None, NOTES)


def test_our_own_words_right_before_a_turn_are_context_and_never_the_answer() -> None:
    turns = [SA, ANN, spoken("Yes.", Side.SELLER), SA, spoken("It beeps.", Side.UNKNOWN)]
    [passage], _ = cut_passages(turns, [assigned(2, 5)])
    assert [(turn.side, turn.text) for turn in passage.answer.turns] == [
        ("seller", SA.text),
        ("customer", ANN.text),
        ("seller", SA.text),
        ("customer", "It beeps."),
    ]
    assert passage.answer.text == "We stir on a timer.\n\nIt beeps."


def test_a_turn_may_stand_in_two_passages_and_the_order_is_the_assignments() -> None:
    turns = [ANN, LINE]
    found, _ = cut_passages(turns, [assigned(1), assigned(1, 2, question_id="cooking.3")])
    assert [(p.question_id, len(p.moments)) for p in found] == [("cooking.1", 1), ("cooking.3", 2)]


def test_an_answer_of_exactly_the_limit_is_whole() -> None:
    turns = [spoken("a" * 9_999), spoken("b" * 9_999)]
    [passage], skipped = cut_passages(turns, [assigned(1, 2)])
    assert (len(passage.answer.text), skipped) == (MAX_ANSWER_CHARACTERS, ())


def test_a_turn_that_an_answer_has_no_room_for_is_reported_and_later_ones_may_fit() -> None:
    turns = [spoken("a" * 9_999), SA, spoken("b" * 10_000, line=8), spoken("short")]
    [passage], skipped = cut_passages(turns, [assigned(1, 3, 4)])
    assert [moment.turn for moment in passage.moments] == [1, 4]
    assert len(passage.answer.turns) == 2
    reason = "the answer to cooking.1 is too long to hold it"
    assert skipped == (Skipped(line=8, reason=reason),)


def test_a_turn_longer_than_any_answer_leaves_no_passage() -> None:
    found, skipped = cut_passages([spoken("a" * 20_001)], [assigned(1)])
    assert (found, len(skipped)) == ((), 1)


@pytest.mark.parametrize(
    ("turns", "unknown"),
    [
        ([ANN], False),
        ([LINE], False),
        ([spoken("x", Side.UNKNOWN)], True),
        ([ANN, spoken("x", Side.UNKNOWN)], True),
    ],
    ids=["customer", "notes", "unknown", "one unknown"],
)
def test_a_passage_knows_whether_a_customer_said_all_of_it(
    turns: list[Turn], unknown: bool
) -> None:
    [passage], _ = cut_passages(turns, [assigned(*range(1, len(turns) + 1))])
    assert passage.is_of_unknown_side is unknown


def test_what_a_customer_may_have_said_and_no_passage_holds_is_unassigned() -> None:
    turns = [SA, ANN, HEADING, LINE, spoken("lunch", Side.UNKNOWN)]
    found, _ = cut_passages(turns, [assigned(4)])
    places = find_unassigned(turns, found)
    assert [place.turn for place in places] == [2, 5]
    assert places[0] == LeftOutTurn(text=ANN.text, **dict(SourceLocation.of(ANN, 2)))
