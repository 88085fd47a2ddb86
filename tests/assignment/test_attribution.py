"""A person's word on what a line answers stands in place of what was found."""

import pytest

from service.assignment.attribution import attribute
from service.assignment.models import Assignment
from service.errors import InvalidRequest
from service.transcripts.turns import NOTES, Side, Turn
from tests.fakes import a_question

QUESTIONS = (a_question(1), a_question(2))
TURNS = [
    Turn(speaker_id=NOTES, text="Kitchen", heading=1, line=1),
    Turn(speaker_id=NOTES, text="stirred on a timer", line=2),
    Turn(speaker_id=NOTES, text="nope", line=4),
    Turn(speaker_id=NOTES, text="we should sell them pans", line=5, side=Side.SELLER),
]
FOUND = (Assignment(question_id="cooking.1", turns=(2, 3)),)


def given(said: dict[int, str]) -> dict[str, tuple[int, ...]]:
    return {
        assignment.question_id: assignment.turns
        for assignment in attribute(FOUND, TURNS, QUESTIONS, said)
    }


def test_a_line_is_taken_from_one_question_and_given_to_another() -> None:
    assert given({4: "cooking.2"}) == {"cooking.1": (2,), "cooking.2": (3,)}


def test_a_heading_counts_if_a_person_says_so() -> None:
    assert given({1: "cooking.2"}) == {"cooking.1": (2, 3), "cooking.2": (1,)}


def test_without_a_word_everything_stays_as_it_was_found() -> None:
    assert attribute(FOUND, TURNS, QUESTIONS, {}) == FOUND


@pytest.mark.parametrize(
    ("line", "message"), [(3, "line 3 has no words"), (5, "line 5 has our own words")]
)
def test_a_line_without_the_customers_words_is_refused(line: int, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        given({line: "cooking.1"})
    assert [fault.pointer for fault in caught.value.errors] == [f"/assign/{line}"]
