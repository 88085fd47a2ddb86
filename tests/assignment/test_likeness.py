import numpy as np
import pytest

from service.assignment.likeness import Likeness
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

QUESTIONS = Catalogue(load_playbooks()).playbook("data-engineering").questions
LIKENESS = Likeness(QUESTIONS)
CDC = "data-engineering.3"


def likest(text: str) -> str:
    return QUESTIONS[int(LIKENESS.measure(text).argmax())].id


@pytest.mark.parametrize(
    ("text", "question_id"),
    [
        ("We do full loads of every table each night.", CDC),
        ("full-loading, nightly", CDC),
        ("New columns? The schema evolves, breaking ones fail.", "data-engineering.4"),
        ("Backfilling history is a reprocess of the days we name.", "data-engineering.5"),
    ],
)
def test_shared_wording_finds_the_question_also_with_other_endings(
    text: str, question_id: str
) -> None:
    assert likest(text) == question_id


def test_the_words_of_a_question_are_likest_to_it() -> None:
    assert [likest(question.text) for question in QUESTIONS] == [q.id for q in QUESTIONS]


@pytest.mark.parametrize("text", ["", "...", "хлеб", "!?", "zzzz"])
def test_text_that_shares_nothing_is_like_nothing(text: str) -> None:
    assert not LIKENESS.measure(text).any()


def test_likeness_lies_between_none_and_all() -> None:
    for question in QUESTIONS:
        likeness = LIKENESS.measure(question.text * 20)
        assert np.all((likeness >= 0) & (likeness <= 1))


def test_one_question_alone_has_a_likeness_too() -> None:
    assert Likeness(QUESTIONS[:1]).measure("full loads").shape == (1,)
