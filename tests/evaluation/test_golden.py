"""Which cases a run grades."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, CaseError
from service.evaluation.cases.golden import (
    Selection,
    digest_cases,
    read_golden_folder,
    select_cases,
)
from service.judging.models import Verdict
from tests.evaluation.cases import a_case

CASES = [
    a_case(f"{playbook}-{number}-{n}", f"{playbook}.{number}", split="dev" if n % 2 else "test")
    for playbook in ("cooking", "baking")
    for number in (1, 2)
    for n in range(4)
]


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


def test_a_split_is_half_of_the_set_and_all_is_both() -> None:
    dev = select_cases(CASES, Selection(split="dev"))
    test = select_cases(CASES, Selection(split="test"))
    assert sorted(ids(dev) + ids(test)) == sorted(ids(select_cases(CASES, Selection(split="all"))))
    assert {case.split for case in test} == {"test"}


@pytest.mark.parametrize(
    ("only", "count"), [(("cooking.1",), 2), (("cooking",), 4), (("cooking.1", "baking"), 6)]
)
def test_only_names_questions_or_whole_playbooks(only: tuple[str, ...], count: int) -> None:
    assert len(select_cases(CASES, Selection(only=only))) == count


def test_a_selection_of_nothing_is_an_error() -> None:
    dev = [case for case in CASES if case.split == "dev"]
    with pytest.raises(ConfigurationError, match=r"no golden case of cooking\.1 in the test split"):
        select_cases(dev, Selection(only=("cooking.1",)))


def test_a_name_that_no_case_asks_for_is_an_error_even_beside_one_that_some_do() -> None:
    with pytest.raises(ConfigurationError, match=r"no golden case asks brewing\.1"):
        select_cases(CASES, Selection(only=("cooking.1", "brewing.1")))


def test_a_sample_is_spread_over_the_questions_and_repeatable() -> None:
    drawn = select_cases(CASES, Selection(split="all", sample=6, seed=3))
    counts = [sum(case.question_id == q for case in drawn) for q in {c.question_id for c in CASES}]
    assert (len(drawn), max(counts) - min(counts)) == (6, 1)
    assert drawn == select_cases(CASES, Selection(split="all", sample=6, seed=3))
    assert drawn != select_cases(CASES, Selection(split="all", sample=6, seed=4))


def test_a_sample_larger_than_the_set_is_the_set() -> None:
    assert select_cases(CASES, Selection(split="all", sample=99)) == CASES


def test_the_digest_follows_answers_and_labels_but_not_their_order() -> None:
    digest = digest_cases(CASES)
    assert digest_cases(CASES[::-1]) == digest
    for change in ({"answer": "Other."}, {"verdict": Verdict.GOOD}):
        assert digest_cases([CASES[0].model_copy(update=change), *CASES[1:]]) != digest


def test_a_folder_without_cases_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--golden"):
        read_golden_folder(tmp_path)


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    record = f"[{a_case('one', 'cooking.1').model_dump_json()}]"
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(record, "utf-8")
    with pytest.raises(CaseError, match="two cases are called one"):
        read_golden_folder(tmp_path)
