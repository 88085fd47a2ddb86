"""The field split: every question, read blind, and with other verdicts that could be defended."""

import json
from collections import Counter
from pathlib import Path

from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

GOLDEN = Path(__file__).parent.parent.parent / "evals" / "golden"
FIELD = select_cases(read_golden_folder(GOLDEN), Selection(split="field"))


def test_the_field_covers_every_question() -> None:
    asked = Counter(case.question_id for case in FIELD)
    assert set(asked) == {question.id for question in Catalogue(load_playbooks()).questions}
    assert len(FIELD) >= 250 and min(asked.values()) >= 10


def test_a_second_verdict_is_another_one() -> None:
    assert sum(bool(case.also_defensible) for case in FIELD) >= 50
    assert not [case.id for case in FIELD if case.verdict in case.also_defensible]


def test_the_reader_read_every_answer() -> None:
    lines = (GOLDEN / "field-reader-1.jsonl").read_text("utf-8").splitlines()
    read = {each["id"]: each for each in map(json.loads, lines)}
    assert set(read) == {case.id for case in FIELD}
    agreed = [read[case.id]["first"] == case.verdict for case in FIELD]
    assert round(sum(agreed) / len(agreed), 3) == 0.993
