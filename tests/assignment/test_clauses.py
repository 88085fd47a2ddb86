"""A line that holds two topics is divided: each clause goes to the question that it answers."""

from service.assignment.clauses import divide_shared_lines
from service.assignment.models import Assignment
from service.assignment.passages import cut_passages
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Side, Turn
from tests.fakes import a_question

QUESTIONS = (a_question(1), a_question(2))
BOTH = (
    Assignment(question_id="cooking.1", turns=(1,)),
    Assignment(question_id="cooking.2", turns=(1, 2)),
)


def about(question: Question, text: str) -> float:
    return 0.9 if f"dish {question.number}" in text or "both" in text else 0.1


def texts(*lines: str, speaker: str = NOTES) -> dict[str, str]:
    """The words that each question is left with."""
    turns = [Turn(speaker_id=speaker, text=line, side=Side.CUSTOMER) for line in lines]
    found, _ = cut_passages(turns, divide_shared_lines(BOTH, turns, QUESTIONS, about))
    return {passage.question_id: passage.answer.text for passage in found}


def test_each_clause_goes_to_its_question() -> None:
    assert texts("dish 1 on a timer; dish 2 - nope", "dish 2 burns") == {
        "cooking.1": "dish 1 on a timer",
        "cooking.2": "dish 2 - nope\n\ndish 2 burns",
    }


def test_a_clause_that_may_answer_both_stays_with_both() -> None:
    assert texts("both are stirred. dish 1 on a timer / dish 2 by eye", "dish 2 burns") == {
        "cooking.1": "both are stirred\n\ndish 1 on a timer",
        "cooking.2": "both are stirred\n\ndish 2 by eye\n\ndish 2 burns",
    }


def test_a_line_of_which_one_question_has_no_clause_to_itself_stays_whole() -> None:
    assert texts("dish 1 on a timer; stirred", "dish 2 burns")["cooking.2"].startswith(
        "dish 1 on a timer; stirred"
    )


def test_a_turn_of_a_call_is_not_divided() -> None:
    said = "dish 1 on a timer; dish 2 by eye"
    assert texts(said, "dish 2 burns", speaker="ann")["cooking.1"] == said


def test_the_moments_say_where_each_clause_stands_in_the_answer() -> None:
    turns = [
        Turn(speaker_id=NOTES, text="dish 1 is hot; dish 2 is cold; dish 1 is red", line=4)
    ] * 2
    found, _ = cut_passages(turns, divide_shared_lines(BOTH, turns, QUESTIONS, about))
    first = found[0]
    words = [first.answer.text[moment.start : moment.end] for moment in first.moments]
    assert words == ["dish 1 is hot", "dish 1 is red"]
    assert {moment.line for moment in first.moments} == {4}
