"""A reworded signal marks the labels that depend on it; confirming them clears the mark."""

from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.label_wordings import confirm_wordings, find_reworded
from service.judging.models import Verdict
from service.playbooks.models import Question, Signal
from tests.evaluation.cases import a_case
from tests.fakes import a_question

CASES = [a_case("dish-1", "cooking.1", Verdict.WEAK), a_case("dish-2", "cooking.2", Verdict.GOOD)]
QUESTIONS = [a_question(1), a_question(2), a_question(3)]


def with_signal(question: Question, wording: str) -> Question:
    first, *rest = question.signals
    signals = (Signal(id=first.id, wording=wording), *rest)
    return question.model_copy(update={"signals": signals})


def test_nothing_is_marked_before_anything_was_confirmed(tmp_path: Path) -> None:
    assert find_reworded(tmp_path, CASES, QUESTIONS) == ()


def test_a_reworded_signal_marks_the_cases_of_its_question_alone(tmp_path: Path) -> None:
    confirm_wordings(tmp_path, QUESTIONS)
    assert find_reworded(tmp_path, CASES, QUESTIONS) == ()
    now = [with_signal(QUESTIONS[0], "Tastes it"), *QUESTIONS[1:]]
    [found] = find_reworded(tmp_path, CASES, now)
    assert (found.question_id, found.parts, found.cases) == ("cooking.1", ("good.1",), ("dish-1",))
    confirm_wordings(tmp_path, now[:1])
    assert find_reworded(tmp_path, CASES, now) == ()


def test_a_signal_that_is_new_or_gone_marks_them_too(tmp_path: Path) -> None:
    confirm_wordings(tmp_path, QUESTIONS)
    question = QUESTIONS[1]
    kept = question.model_copy(update={"signals": question.signals[1:]})
    [found] = find_reworded(tmp_path, CASES, [kept])
    assert found.parts == ("good.1",)
    confirm_wordings(tmp_path, [kept])
    [found] = find_reworded(tmp_path, CASES, [question])
    assert found.parts == ("good.1",)


def test_a_question_without_cases_marks_nothing(tmp_path: Path) -> None:
    confirm_wordings(tmp_path, QUESTIONS)
    assert find_reworded(tmp_path, CASES, [with_signal(QUESTIONS[2], "Tastes it")]) == ()


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "wordings.json").write_text("[]")
    with pytest.raises(ConfigurationError, match=r"wordings\.json: no wordings of labels"):
        find_reworded(tmp_path, CASES, QUESTIONS)
