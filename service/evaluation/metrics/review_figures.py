"""What a reader can rely on: verdicts that could be defended, doubt, and mistakes made surely."""

from collections.abc import Callable, Iterator, Sequence

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.metrics.figure import Figure, blame_grades, make_figure
from service.evaluation.metrics.statistics import Estimate, estimate_share_if_any
from service.records import Frozen

__all__ = ["SURE", "ReviewFigures", "measure_review"]

_Condition = Callable[[Case, GivenGrade], bool]

SURE = 0.9  # a wrong grade with this confidence or more is a fault to count


class ReviewFigures(Frozen):
    """Figures of the graded cases, and of those that no person is asked to look at.

    A verdict is defensible if it is the label or another verdict that a careful reader could give.
    `left_alone` is the share of all that asks for no review; `left_alone_right` and
    `left_alone_defensible` are shares of these. `surely_wrong` and `surely_indefensible` are shares
    of all, with a confidence of 0.9 or more.
    """

    defensible: Estimate | None
    left_alone: Estimate | None
    left_alone_right: Estimate | None
    left_alone_defensible: Estimate | None
    surely_wrong: Estimate | None
    surely_indefensible: Estimate | None

    def list_figures(self) -> Iterator[Figure]:
        """Yield each share; all of them are headlines."""
        for name, label, is_blamed in (
            ("defensible", "defensible", _is_indefensible),
            ("left_alone", "asks for no review", lambda _, given: given.needs_review),
            ("left_alone_right", "right without review", _left_alone_and(_is_wrong)),
            (
                "left_alone_defensible",
                "defensible without review",
                _left_alone_and(_is_indefensible),
            ),
            ("surely_wrong", "wrong, yet 0.9 sure or more", _sure_and(_is_wrong)),
            (
                "surely_indefensible",
                "indefensible, yet 0.9 sure or more",
                _sure_and(_is_indefensible),
            ),
        ):
            blame = blame_grades(is_blamed)
            yield make_figure(name, label, getattr(self, name), blame=blame, is_headline=True)


def measure_review(results: Sequence[CaseResult], repeats: float) -> ReviewFigures:
    """Measure graded results; a case's repeats count as one observation."""
    grades = [(result.case, result.given) for result in results if result.given]
    left_alone = [(case, given) for case, given in grades if not given.needs_review]

    def share(of: Sequence[tuple[Case, GivenGrade]], is_so: _Condition) -> Estimate | None:
        hits = sum(is_so(case, given) for case, given in of)
        return estimate_share_if_any(hits / repeats, len(of) / repeats)

    return ReviewFigures(
        defensible=share(grades, _not(_is_indefensible)),
        left_alone=share(grades, lambda _, given: not given.needs_review),
        left_alone_right=share(left_alone, _not(_is_wrong)),
        left_alone_defensible=share(left_alone, _not(_is_indefensible)),
        surely_wrong=share(grades, _sure_and(_is_wrong)),
        surely_indefensible=share(grades, _sure_and(_is_indefensible)),
    )


def _is_wrong(case: Case, given: GivenGrade) -> bool:
    return given.verdict is not case.verdict


def _is_indefensible(case: Case, given: GivenGrade) -> bool:
    return given.verdict not in {case.verdict, *case.also_defensible}


def _not(is_so: _Condition) -> _Condition:
    return lambda case, given: not is_so(case, given)


def _left_alone_and(is_so: _Condition) -> _Condition:
    return lambda case, given: not given.needs_review and is_so(case, given)


def _sure_and(is_so: _Condition) -> _Condition:
    return lambda case, given: (given.confidence or 0.0) >= SURE and is_so(case, given)
