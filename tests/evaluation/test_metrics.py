import pytest

from service.evaluation.cases import Case, Style
from service.evaluation.metrics import Judged, figures
from service.judging.models import Reason, Ungraded, Verdict
from tests.fakes import a_grade

GOOD, PARTIAL, WEAK, UNANSWERED = Verdict


def judged(expected: Verdict, given: Verdict | None, confidence: float | None = None) -> Judged:
    case = Case(
        id="c", question_id="q.1", answer="x", verdict=expected, style=Style.TERSE, why="because"
    )
    if given is None:
        return Judged(case, Ungraded(reason=Reason.REFUSED, detail="declined"))
    return Judged(case, a_grade(verdict=given).model_copy(update={"confidence": confidence}))


def test_figures_by_hand() -> None:
    """F1 of good 2/3 (1 of 1+2), partial 0, weak 2/3 (1 of 2+1), unanswered 1."""
    found = figures(
        [
            judged(GOOD, GOOD, 0.9),
            judged(WEAK, GOOD, 0.6),
            judged(WEAK, WEAK, 0.8),
            judged(UNANSWERED, UNANSWERED, 0.5),
        ]
    )
    assert found.accuracy == 0.75
    assert found.macro_f1 == pytest.approx((2 / 3 + 0 + 2 / 3 + 1) / 4)
    assert found.passed_weak == pytest.approx(1 / 3)
    assert found.surest_half_accuracy == 1.0
    assert found.calibration_error == pytest.approx((0.1 + 0.6 + 0.2 + 0.5) / 4)
    assert found.confusion[WEAK, GOOD] == 1


def test_an_ungraded_case_is_neither_right_nor_wrong() -> None:
    found = figures([judged(GOOD, GOOD), judged(GOOD, None)])
    assert (found.cases, found.ungraded, found.accuracy) == (2, 1, 1.0)
    assert found.calibration_error is None


def test_a_run_without_a_grade_has_no_figures() -> None:
    with pytest.raises(ValueError, match="no case was graded"):
        figures([judged(GOOD, None)])
