"""The catalogue: finding a question, and naming the nearest when there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import PlaybookError, UnknownPlaybook, UnknownQuestion
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from tests.fakes import a_catalogue, a_playbook

BUILT_IN = Catalogue(load_playbooks())


def nearest(question_id: str) -> tuple[str, ...]:
    with pytest.raises(UnknownQuestion) as caught:
        BUILT_IN.question(question_id)
    return caught.value.nearest


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("data-eng.3", "data-engineering.3"),
        ("data-engineering-3", "data-engineering.3"),
        ("data_engineering.3", "data-engineering.3"),
        ("Data Engineering 3", "data-engineering.3"),
        ("data-enginering.7", "data-engineering.7"),
        ("DE.5", "data-engineering.5"),
        ("dw.2", "data-warehousing.2"),
        ("warehousing.4", "data-warehousing.4"),
        ("data-warehouse.8", "data-warehousing.8"),
        ("aiml.9", "ai-ml.9"),
        ("ai/ml.9", "ai-ml.9"),
        ("ai.4", "ai-ml.4"),
        ("ml.4", "ai-ml.4"),
        ("AI-ML", "ai-ml.1"),
        ("data-engineering.99", "data-engineering.8"),
        ("ai-ml.0", "ai-ml.1"),
        ("", "data-engineering.1"),
    ],
)
def test_the_first_suggestion_is_the_question_meant(asked: str, meant: str) -> None:
    assert nearest(asked)[0] == meant


@given(st.text())
def test_any_id_gets_three_suggestions_that_exist(asked: str) -> None:
    found = nearest(asked)
    assert len(set(found)) == 3
    assert [BUILT_IN.question(question_id).id for question_id in found] == list(found)


def test_a_very_long_id_is_answered_at_once() -> None:
    assert nearest("data-engineering." + "9" * 1_000_000)[0].startswith("data-engineering.")


def test_a_question_is_found_by_its_id_and_knows_its_playbook() -> None:
    question = BUILT_IN.question("data-engineering.3")
    assert (question.id, question.playbook_id) == ("data-engineering.3", "data-engineering")
    assert question.playbook_digest == BUILT_IN.playbook("data-engineering").digest


def test_an_unknown_playbook_is_told_which_there_are() -> None:
    with pytest.raises(UnknownPlaybook, match="no playbook 'brewing'; there are cooking, baking"):
        a_catalogue().playbook("brewing")


def test_playbooks_and_questions_keep_their_order() -> None:
    catalogue = a_catalogue()
    assert [playbook.id for playbook in catalogue.playbooks] == ["cooking", "baking"]
    assert [playbook.digest for playbook in catalogue.playbooks] == [
        catalogue.playbook(playbook_id).digest for playbook_id in ("cooking", "baking")
    ]
    assert [question.number for question in catalogue.questions] == [1, 2, 3, 1, 2]


def test_two_playbooks_of_one_id_are_refused() -> None:
    with pytest.raises(PlaybookError, match="two playbooks have the id 'cooking'; rename one"):
        Catalogue([a_playbook(), a_playbook()])
