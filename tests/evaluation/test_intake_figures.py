"""Figures of intake: what was found, and graded once it was."""

import pytest

from service.errors import ConfigurationError
from service.evaluation.intake.found_answers import measure_intake
from service.evaluation.intake.intake_report import make_source_rows, measure_groups
from service.judging.models import Verdict
from tests.evaluation.intake_labels import a_gold, a_result

GOLD = a_gold({"cooking.1": (1, 2), "cooking.2": (5,)})


def test_what_meets_the_labels_is_right() -> None:
    figures = measure_intake([a_result(GOLD, {"cooking.1": (1, 2), "cooking.2": (5,)})])
    for estimate in (figures.lines.f1, figures.questions.f1, figures.verdicts):
        assert (estimate.value, estimate.low, estimate.high) == (1, 1, 1)
    assert (figures.sources, figures.answers, figures.ungraded) == (1, 2, 0)


def test_a_line_too_many_and_a_line_too_few_are_told_apart() -> None:
    figures = measure_intake([a_result(GOLD, {"cooking.1": (1, 3), "cooking.2": (5,)})])
    assert figures.lines.precision.value == pytest.approx(2 / 3)
    assert figures.lines.recall.value == pytest.approx(2 / 3)
    assert figures.questions.f1.value == 1  # a labelled line of each was found


def test_a_question_on_wrong_lines_is_missed_and_wrongly_added() -> None:
    result = a_result(GOLD, {"cooking.1": (1, 2), "cooking.2": (6,)})
    assert (result.missed, result.added) == (["cooking.2"], ["cooking.2"])
    figures = measure_intake([result])
    assert figures.questions.precision.value == figures.questions.recall.value == 0.5
    assert figures.verdicts.value == 0.5
    assert figures.verdicts_of_found.value == 1


def test_verdicts_are_counted_end_to_end_and_on_the_labelled_lines() -> None:
    found = {"cooking.1": (1, 2), "cooking.2": (5,)}
    figures = measure_intake([a_result(GOLD, found, Verdict.WEAK)])
    assert (figures.verdicts.value, figures.verdicts_given_lines.value) == (0, 1)


def test_a_dodge_that_was_not_found_leaves_its_question_open_as_it_should() -> None:
    gold = a_gold({"cooking.1": (1,)}, Verdict.UNANSWERED)
    other = a_gold({"cooking.1": (1,)})
    missed = [a_result(gold, {}), a_result(other, {}), a_result(other, {"cooking.1": (1,)})]
    figures = measure_intake(missed)
    assert figures.verdicts.value == pytest.approx(2 / 3)
    assert figures.verdicts_of_found.value == 1


def test_what_stayed_ungraded_is_not_right() -> None:
    figures = measure_intake([a_result(GOLD, {"cooking.1": (1, 2), "cooking.2": (5,)}, None)])
    assert (figures.ungraded, figures.verdicts.value) == (2, 0)


def test_an_interval_is_over_sources() -> None:
    right = a_result(GOLD, {"cooking.1": (1, 2), "cooking.2": (5,)})
    figures = measure_intake([right, a_result(GOLD, {"cooking.1": (3,)})] * 3)
    assert figures.lines.f1.low < figures.lines.f1.value < figures.lines.f1.high
    assert figures.lines.f1.n == 6


def test_nothing_found_anywhere_is_no_division_by_nothing() -> None:
    figures = measure_intake([a_result(a_gold({}), {})])
    assert (figures.lines.f1.value, figures.verdicts.value) == (0, 0)
    assert a_result(a_gold({}), {}).line_f1 == 1


def test_the_worst_source_comes_first_with_what_went_wrong() -> None:
    right = a_result(GOLD, {"cooking.1": (1, 2), "cooking.2": (5,)})
    wrong = a_result(GOLD, {"cooking.1": (1,), "cooking.3": (9,)}, Verdict.WEAK)
    first, last = make_source_rows([right, wrong])
    assert first[1:] == (
        "0.40",
        "cooking.2 missed; cooking.3 wrongly added; cooking.1 weak, not good",
    )
    assert last == ("notes-01", "1.00", "")


def test_kinds_are_told_apart() -> None:
    call = a_result(GOLD.model_copy(update={"kind": "transcript"}), {})
    assert list(measure_groups([a_result(GOLD, {}), call])) == ["together", "notes", "calls"]
    assert list(measure_groups([call])) == ["together", "calls"]
    with pytest.raises(ConfigurationError, match="no source"):
        measure_groups([])
