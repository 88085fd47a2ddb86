"""A line that names its question belongs to it, however short it is, and so do those below."""

import pytest

from service.assignment.named_questions import find_named
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import NOTES, Turn

CATALOGUE = Catalogue(load_playbooks())
QUESTIONS = CATALOGUE.playbook("data-engineering").questions


def named(*lines: str) -> list[int | None]:
    """The number of the question that each line names."""
    found = find_named([Turn(speaker_id=NOTES, text=line) for line in lines], QUESTIONS)
    return [int(row.argmax()) + 1 if row.max() == 1 else None for row in found]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("DE8: none", 8),
        ("- de 8 none formal", 8),
        ("(DE-3) full loads", 3),
        ("data-engineering.6: merge on order id", 6),
        ("Data Engineering 2 - jobs", 2),
        ("Q3: nope", 3),
        ("8 tables are loaded", None),
        ("We have 3 of them", None),
        ("DE99: x", None),
        ("S3 2 buckets", None),
    ],
)
def test_a_line_names_its_question_as_people_write_it(line: str, number: int | None) -> None:
    assert named(line) == [number]


def test_a_bare_number_names_none_if_several_playbooks_are_asked_for() -> None:
    turns = [Turn(speaker_id=NOTES, text=text) for text in ("Q3: nope", "ML 3: one A10")]
    bare, of_playbook = find_named(turns, CATALOGUE.questions)
    assert bare.max() == 0
    assert CATALOGUE.questions[int(of_playbook.argmax())].id == "ai-ml.3"


def test_what_follows_belongs_to_it_until_a_heading_or_another_question() -> None:
    page = read_source("DE8\nnope\nnone at all\n\n# Lunch\nsoup\n", Format.NOTES)
    found = find_named(page.turns, QUESTIONS)
    assert [float(row.max()) for row in found] == [1.0, 0.5, 0.5, 0.0, 0.0]
    assert set(found.argmax(axis=1)[:3]) == {7}


def test_it_does_not_speak_for_the_whole_page() -> None:
    turns = [Turn(speaker_id=NOTES, text=text) for text in ["DE8", *["and so on"] * 40]]
    assert float(find_named(turns, QUESTIONS)[-1].max()) == 0
