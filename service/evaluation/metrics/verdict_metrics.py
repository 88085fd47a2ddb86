"""How the given verdicts meet the expected ones, and the harms where they don't."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.evaluation.metrics.statistics import (
    Estimate,
    f1_by_class,
    macro_f1,
    percentile_estimate,
    proportion,
    quadratic_kappa,
    resample_counts,
    wilson,
)
from service.evaluation.runs.run import Line
from service.judging.models import Verdict
from service.records import Frozen

__all__ = [
    "HARMS",
    "ORDER",
    "OneVerdict",
    "VerdictFigures",
    "macro_f1_difference",
    "verdict_figures",
]

Array = NDArray[np.float64]

ORDER = (Verdict.UNANSWERED, Verdict.WEAK, Verdict.PARTIAL, Verdict.GOOD)
HARMS = {
    "passed_a_weak_answer": ({Verdict.WEAK, Verdict.UNANSWERED}, {Verdict.GOOD}),
    "failed_a_good_answer": ({Verdict.GOOD}, {Verdict.WEAK, Verdict.UNANSWERED}),
    "missed_a_dodge": ({Verdict.UNANSWERED}, {Verdict.GOOD, Verdict.PARTIAL}),
}
"""Each harm: of the cases with one of these expected verdicts, those given one of those."""


class OneVerdict(Frozen):
    """One verdict: how often expected and given, and how well; None where it never was."""

    expected: int
    given: int
    precision: Estimate | None
    recall: Estimate | None
    f1: float


class VerdictFigures(Frozen):
    """Over the graded cases; `confusion` counts given verdicts by expected one.

    `kappa` is quadratic-weighted over unanswered < weak < partial < good.
    """

    accuracy: Estimate
    macro_f1: Estimate
    kappa: Estimate | None
    by_verdict: dict[Verdict, OneVerdict]
    harms: dict[str, Estimate | None]
    confusion: dict[Verdict, dict[Verdict, int]]


def verdict_figures(lines: Sequence[Line], draws: Array, repeats: float) -> VerdictFigures:
    """The figures of graded lines; `draws` (resamples, lines) is how often each line is drawn.

    `repeats` is how many lines a case has: a case's repeats count as one observation.
    """
    cells = _cells(
        [line.case.verdict for line in lines], [line.given.verdict for line in lines if line.given]
    )
    confusion = _square(cells.sum(axis=0))
    drawn = _square(draws @ cells)

    def share(hits: float, n: float) -> Estimate | None:
        return proportion(hits / repeats, n / repeats)

    kappa = quadratic_kappa(confusion)
    scores = f1_by_class(confusion)
    return VerdictFigures(
        accuracy=wilson(confusion.trace() / repeats, confusion.sum() / repeats),
        macro_f1=percentile_estimate(macro_f1(confusion), macro_f1(drawn), len(lines)),
        kappa=None
        if np.isnan(kappa)
        else percentile_estimate(kappa, quadratic_kappa(drawn), len(lines)),
        by_verdict={
            verdict: OneVerdict(
                expected=int(confusion[i].sum()),
                given=int(confusion[:, i].sum()),
                precision=share(confusion[i, i], confusion[:, i].sum()),
                recall=share(confusion[i, i], confusion[i].sum()),
                f1=float(scores[i]),
            )
            for i, verdict in reversed(list(enumerate(ORDER)))
        },
        harms={name: share(*_harm(confusion, name)) for name in HARMS},
        confusion={
            expected: {
                given: int(confusion[ORDER.index(expected), ORDER.index(given)])
                for given in Verdict
            }
            for expected in Verdict
        },
    )


def macro_f1_difference(
    expected: Sequence[Verdict], base: Sequence[Verdict], new: Sequence[Verdict]
) -> Estimate:
    """Macro F1 of `new` minus that of `base` on the same cases, with a paired interval."""
    draws = resample_counts(len(expected))
    before, after = _cells(expected, base), _cells(expected, new)
    value = macro_f1(_square(after.sum(axis=0))) - macro_f1(_square(before.sum(axis=0)))
    drawn = macro_f1(_square(draws @ after)) - macro_f1(_square(draws @ before))
    return percentile_estimate(value, drawn, len(expected))


def _cells(expected: Sequence[Verdict], given: Sequence[Verdict]) -> Array:
    """For each case, 1 in its cell of the flattened confusion matrix: (cases, cells)."""
    places = [
        ORDER.index(e) * len(ORDER) + ORDER.index(g) for e, g in zip(expected, given, strict=True)
    ]
    return np.asarray(np.eye(len(ORDER) ** 2)[places])


def _square(cells: Array) -> Array:
    """Flattened confusion matrices (..., cells) as (..., 4, 4), rows expected."""
    return cells.reshape(*cells.shape[:-1], len(ORDER), len(ORDER))


def _harm(confusion: Array, name: str) -> tuple[float, float]:
    """How often a harm was done, and how often it could have been."""
    at_risk, harmful = HARMS[name]
    rows = confusion[[ORDER.index(verdict) for verdict in sorted(at_risk)]]
    return float(rows[:, [ORDER.index(verdict) for verdict in sorted(harmful)]].sum()), float(
        rows.sum()
    )
