import threading
from collections.abc import Sequence

import pytest

from service.assignment.embedded_assigner import EmbeddedAssigner
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import NOTES, Side, Turn

CATALOGUE = Catalogue(load_playbooks())
QUESTIONS = CATALOGUE.playbook("data-engineering").questions


class Asked:
    """A relevance that remembers what it was asked about, and finds data relevant, not weather."""

    def __init__(self, data: float = 0.9) -> None:
        self.data = data
        self.pairs: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def __call__(self, question: Question, text: str) -> float:
        with self._lock:
            self.pairs.append((question.id, text))
        return self.data if "load" in text or "schema" in text.lower() else 0.001


def given(
    turns: Sequence[Turn], relevance: Asked | None = None, questions: Sequence[Question] = QUESTIONS
) -> dict[str, tuple[int, ...]]:
    found = EmbeddedAssigner(relevance or Asked()).assign_now(turns, questions)
    return {assignment.question_id: assignment.turns for assignment in found}


def said(text: str, side: Side = Side.CUSTOMER) -> Turn:
    return Turn(speaker_id=side, side=side, text=text)


CALL = [
    said("Morning! Is it still raining where you are?", Side.SELLER),
    said("It rains, and the dog will not go out."),
    said("How do you handle CDC from the source systems, Debezium or full loads?", Side.SELLER),
    said("We do full loads of every source table, each and every night."),
    said("Right.", Side.SELLER),
    said("Log-based CDC was looked at once, for incremental loads from the source systems."),
    said("Great. And when a source schema adds a column, what happens?", Side.SELLER),
    said("Schema evolution is on, so a new column is added and breaking changes fail."),
]


def test_each_stretch_of_a_call_goes_to_the_question_it_is_about() -> None:
    found = given(CALL)
    assert found["data-engineering.3"] == (4, 6)
    assert found["data-engineering.4"] == (8,)
    assert 2 not in {number for numbers in found.values() for number in numbers}


def test_what_our_own_side_says_is_never_given() -> None:
    sellers = {n for n, turn in enumerate(CALL, 1) if turn.side is Side.SELLER}
    assert not sellers & {number for numbers in given(CALL).values() for number in numbers}


def test_lines_of_notes_are_found_and_headings_are_not_given() -> None:
    page = read_source(
        "# CDC\n\n- full loads of every table, nightly\n\n# Lunch\n\n- soup was cold\n",
        Format.NOTES,
    )
    assert all(turn.speaker_id == NOTES for turn in page.turns)
    assert given(page.turns) == {"data-engineering.3": (2,)}


def test_only_likely_pairs_of_some_length_are_asked_about() -> None:
    relevance = Asked()
    given(CALL, relevance)
    assert 0 < len(relevance.pairs) < len(CALL) * len(QUESTIONS) / 2
    assert not any(text == "Right." for _, text in relevance.pairs)


def test_what_the_judge_finds_irrelevant_is_given_less() -> None:
    turns = [said("Our full loads of the source tables run nightly."), *CALL[:2]]
    assert sum(map(len, given(turns, Asked(0.001)).values())) <= sum(
        map(len, given(turns).values())
    )


def test_a_very_long_call_asks_the_judge_a_bounded_number_of_times() -> None:
    relevance = Asked()
    given(CALL * 800, relevance)
    assert 1_000 < len(relevance.pairs) <= 2_000


def test_a_very_long_turn_is_asked_about_by_its_beginning() -> None:
    relevance = Asked()
    found = given([said("We do full loads of every source table nightly. " * 2_000)], relevance)
    assert found
    assert max(len(text) for _, text in relevance.pairs) == 2_000


@pytest.mark.parametrize("turns", [[], [said("Hm.")], [said("?!")], [said("Bread.", Side.SELLER)]])
def test_nothing_is_found_where_nothing_is_said(turns: list[Turn]) -> None:
    assert given(turns) == {}


def test_without_questions_nothing_is_found() -> None:
    assert given(CALL, questions=()) == {}


@pytest.mark.anyio
async def test_it_runs_beside_the_event_loop_and_in_the_order_of_the_questions() -> None:
    found = await EmbeddedAssigner(Asked()).assign(CALL, CATALOGUE.questions)
    order = [question.id for question in CATALOGUE.questions]
    places = [order.index(assignment.question_id) for assignment in found]
    assert places == sorted(places)
