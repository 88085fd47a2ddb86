"""Verdicts against the expected ones, and the harms of the wrong ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.metrics.figure import (
    Blame,
    Figure,
    blame_grades,
    blame_wrong,
    make_figure,
)
from service.evaluation.metrics.statistics import (
    Estimate,
    compute_f1_by_class,
    compute_kappa,
    compute_macro_f1,
    draw_resamples,
    estimate_from_draws,
    estimate_share,
    estimate_share_if_any,
)
from service.judging.models import Verdict
from service.records import Frozen

__all__ = [
    "HARMS",
    "ORDER",
    "Harm",
    "OneVerdictFigures",
    "VerdictFigures",
    "estimate_macro_f1_difference",
    "measure_verdicts",
]

Array = NDArray[np.float64]

ORDER = (Verdict.UNANSWERED, Verdict.WEAK, Verdict.PARTIAL, Verdict.GOOD)


@dataclass(frozen=True)
class Harm:
    """A mistake that costs a customer or an SA something.

    It is done to a case with an expected verdict in `at_risk` that is given one in `harmful`.
    """

    name: str
    label: str
    at_risk: frozenset[Verdict]
    harmful: frozenset[Verdict]

    def is_done(self, case: Case, given: GivenGrade) -> bool:
        """Check if this grade does the harm."""
        return case.verdict in self.at_risk and given.verdict in self.harmful


HARMS = (
    Harm(
        "passed_a_weak_answer",
        "passed a weak answer",
        at_risk=frozenset({Verdict.WEAK, Verdict.UNANSWERED}),
        harmful=frozenset({Verdict.GOOD}),
    ),
    Harm(
        "failed_a_good_answer",
        "failed a good answer",
        at_risk=frozenset({Verdict.GOOD}),
        harmful=frozenset({Verdict.WEAK, Verdict.UNANSWERED}),
    ),
    Harm(
        "missed_a_dodge",
        "missed a dodge",
        at_risk=frozenset({Verdict.UNANSWERED}),
        harmful=frozenset({Verdict.GOOD, Verdict.PARTIAL}),
    ),
)


class OneVerdictFigures(Frozen):
    """The figures of one verdict; precision or recall is None if it was never given or expected."""

    expected: int
    given: int
    precision: Estimate | None
    recall: Estimate | None
    f1: float


class VerdictFigures(Frozen):
    """Figures of the verdicts over the graded cases.

    `confusion` counts given verdicts by expected one. `kappa` is quadratic-weighted over unanswered
    < weak < partial < good.
    """

    accuracy: Estimate
    macro_f1: Estimate
    kappa: Estimate | None
    by_verdict: dict[Verdict, OneVerdictFigures]
    harms: dict[str, Estimate | None]
    confusion: dict[Verdict, dict[Verdict, int]]

    def list_figures(self) -> Iterator[Figure]:
        """Yield accuracy, agreement, each harm, and each verdict's precision and recall."""
        for name, label, measured in (
            ("accuracy", "accuracy", self.accuracy),
            ("macro_f1", "macro F1", self.macro_f1),
            ("kappa", "quadratic kappa", self.kappa),
        ):
            yield make_figure(name, label, measured, blame=blame_wrong, is_headline=True)
        for harm in HARMS:
            blame = blame_grades(harm.is_done)
            share = self.harms.get(harm.name)
            yield make_figure(harm.name, harm.label, share, blame=blame, is_headline=True)
        for verdict, one in self.by_verdict.items():
            yield make_figure(
                f"precision.{verdict}",
                f"precision of {verdict}",
                one.precision,
                blame=_blame_precision(verdict),
            )
            yield make_figure(
                f"recall.{verdict}",
                f"recall of {verdict}",
                one.recall,
                blame=_blame_recall(verdict),
            )


def measure_verdicts(results: Sequence[CaseResult], draws: Array, repeats: float) -> VerdictFigures:
    """Measure graded results; `draws` (resamples, results) is how often each result is drawn.

    `repeats` is how many results a case has: a case's repeats count as one observation.
    """
    cells = _make_cells(
        [result.case.verdict for result in results],
        [result.given.verdict for result in results if result.given],
    )
    confusion = _make_square(cells.sum(axis=0))
    drawn = _make_square(draws @ cells)

    def share(hits: float, n: float) -> Estimate | None:
        return estimate_share_if_any(hits / repeats, n / repeats)

    kappa = compute_kappa(confusion)
    scores = compute_f1_by_class(confusion)
    return VerdictFigures(
        accuracy=estimate_share(confusion.trace() / repeats, confusion.sum() / repeats),
        macro_f1=estimate_from_draws(
            compute_macro_f1(confusion), compute_macro_f1(drawn), len(results)
        ),
        kappa=None
        if np.isnan(kappa)
        else estimate_from_draws(kappa, compute_kappa(drawn), len(results)),
        by_verdict={
            verdict: OneVerdictFigures(
                expected=int(confusion[i].sum()),
                given=int(confusion[:, i].sum()),
                precision=share(confusion[i, i], confusion[:, i].sum()),
                recall=share(confusion[i, i], confusion[i].sum()),
                f1=float(scores[i]),
            )
            for i, verdict in reversed(list(enumerate(ORDER)))
        },
        harms={harm.name: share(*_count_harm(confusion, harm)) for harm in HARMS},
        confusion={
            expected: {
                given: int(confusion[ORDER.index(expected), ORDER.index(given)])
                for given in Verdict
            }
            for expected in Verdict
        },
    )


def estimate_macro_f1_difference(
    expected: Sequence[Verdict], base: Sequence[Verdict], new: Sequence[Verdict]
) -> Estimate:
    """Estimate macro F1 of `new` minus that of `base` on the same cases, with a paired interval."""
    draws = draw_resamples(len(expected))
    before, after = _make_cells(expected, base), _make_cells(expected, new)
    value = compute_macro_f1(_make_square(after.sum(axis=0))) - compute_macro_f1(
        _make_square(before.sum(axis=0))
    )
    drawn = compute_macro_f1(_make_square(draws @ after)) - compute_macro_f1(
        _make_square(draws @ before)
    )
    return estimate_from_draws(value, drawn, len(expected))


def _blame_precision(verdict: Verdict) -> Blame:
    """Blame the cases that were given this verdict and should have got another one."""
    return blame_grades(lambda case, given: given.verdict is verdict is not case.verdict)


def _blame_recall(verdict: Verdict) -> Blame:
    """Blame the cases that should have got this verdict and were given another one."""
    return blame_grades(lambda case, given: case.verdict is verdict is not given.verdict)


def _make_cells(expected: Sequence[Verdict], given: Sequence[Verdict]) -> Array:
    """Put a 1 into each case's cell of the flattened confusion matrix: (cases, cells)."""
    cells = [
        ORDER.index(e) * len(ORDER) + ORDER.index(g) for e, g in zip(expected, given, strict=True)
    ]
    return np.asarray(np.eye(len(ORDER) ** 2)[cells])


def _make_square(cells: Array) -> Array:
    """Reshape flattened confusion matrices (..., cells) to (..., 4, 4), rows expected."""
    return cells.reshape(*cells.shape[:-1], len(ORDER), len(ORDER))


def _count_harm(confusion: Array, harm: Harm) -> tuple[float, float]:
    """Count how often a harm was done, and how often it could have been."""
    rows = confusion[[ORDER.index(verdict) for verdict in sorted(harm.at_risk)]]
    columns = [ORDER.index(verdict) for verdict in sorted(harm.harmful)]
    return float(rows[:, columns].sum()), float(rows.sum())
