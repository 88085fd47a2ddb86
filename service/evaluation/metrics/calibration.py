"""Compare confidence with being right: calibration, and accuracy of the surest grades."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.metrics.figure import Figure, blame_wrong, make_figure
from service.evaluation.metrics.statistics import Estimate, estimate_from_draws, estimate_share
from service.records import Frozen

__all__ = [
    "BINS",
    "CalibrationFigures",
    "ConfidenceBin",
    "CoveragePoint",
    "compute_accuracy_at",
    "compute_brier",
    "compute_calibration_error",
    "fill_bins",
    "list_calibration_figures",
    "measure_calibration",
    "number_bins",
    "trace_coverage",
]

Array = NDArray[np.float64]
BINS = 10


class ConfidenceBin(Frozen):
    """The grades whose confidence is in one tenth of 0 to 1."""

    n: int
    mean_confidence: float
    accuracy: Estimate


class CoveragePoint(Frozen):
    """The accuracy of the surest grades, and the share of all grades that they are."""

    coverage: float
    accuracy: float


class CalibrationFigures(Frozen):
    """Figures over the graded cases whose grade has a confidence.

    `error` is the expected calibration error over ten equal bins, `brier` the Brier score of "this
    verdict is right", `coverage` the accuracy of the surest grades for each share of all grades.
    """

    n: int
    error: Estimate
    brier: Estimate
    surest_half_accuracy: float | None
    bins: tuple[ConfidenceBin, ...]
    coverage: tuple[CoveragePoint, ...]


def measure_calibration(results: Sequence[CaseResult], draws: Array) -> CalibrationFigures | None:
    """Measure graded results; None if no grade has a confidence.

    `draws` (resamples, results) is how often each result is drawn.
    """
    measured = [n for n, r in enumerate(results) if r.given and r.given.confidence is not None]
    if not measured:
        return None
    sure = np.array([r.given.confidence for r in results if r.given], dtype=float)[measured]
    right = np.array([result.is_right for result in results], dtype=float)[measured]
    once, drawn = np.ones((1, len(measured))), draws[:, measured]
    drawn = drawn[drawn.any(axis=1)]
    return CalibrationFigures(
        n=len(measured),
        error=estimate_from_draws(
            compute_calibration_error(sure, right, once)[0],
            compute_calibration_error(sure, right, drawn),
            len(measured),
        ),
        brier=estimate_from_draws(
            compute_brier(sure, right, once)[0],
            compute_brier(sure, right, drawn),
            len(measured),
        ),
        surest_half_accuracy=compute_accuracy_at(0.5, sure, right),
        bins=fill_bins(sure, right),
        coverage=trace_coverage(sure, right),
    )


def list_calibration_figures(found: CalibrationFigures | None) -> Iterator[Figure]:
    """Yield the figures, which are hidden from tables if there is no calibration."""
    measured: tuple[tuple[str, str, Estimate | float | None], ...] = (
        (
            "surest_half_accuracy",
            "accuracy on the surest half",
            found.surest_half_accuracy if found else None,
        ),
        ("calibration_error", "expected calibration error", found.error if found else None),
        ("brier", "Brier score", found.brier if found else None),
    )
    for name, label, one in measured:
        yield make_figure(name, label, one, blame=blame_wrong, is_headline=found is not None)


def number_bins(confidence: Array) -> NDArray[np.int64]:
    """Number the bin, one of ten equal ones, of each confidence; 1.0 is in the last.

    Raises ValueError for a confidence that is not from 0 to 1.
    """
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("a confidence must be from 0 to 1")
    return np.asarray(np.minimum((confidence * BINS).astype(int), BINS - 1))


def compute_calibration_error(confidence: Array, right: Array, draws: Array) -> Array:
    """Compute the mean gap between confidence and accuracy, bin by bin (Guo et al. 2017).

    Returns a value from 0 to 1 for each row of `draws` (resamples, n), which says how often each
    grade counts; NaN for a row without a grade.
    """
    belongs = np.eye(BINS)[number_bins(confidence)]
    gaps = np.abs(draws @ (belongs * (right - confidence)[:, None])).sum(axis=1)
    return _divide_by_grades(gaps, draws)


def compute_brier(confidence: Array, right: Array, draws: Array) -> Array:
    """Compute the mean squared gap between confidence and being right (Brier 1950).

    Returns a value from 0 to 1 for each row of draws; NaN for a row without a grade.
    """
    return _divide_by_grades(draws @ (confidence - right) ** 2, draws)


def fill_bins(confidence: Array, right: Array) -> tuple[ConfidenceBin, ...]:
    """Describe each bin that has a grade, lowest confidence first."""
    numbers = number_bins(confidence)
    found = []
    for number in np.unique(numbers):
        inside = numbers == number
        n, mean = int(inside.sum()), float(confidence[inside].mean())
        share = estimate_share(float(right[inside].sum()), n)
        found.append(ConfidenceBin(n=n, mean_confidence=mean, accuracy=share))
    return tuple(found)


def trace_coverage(confidence: Array, right: Array) -> tuple[CoveragePoint, ...]:
    """Trace the accuracy of the surest grades for each share of them.

    Grades of equal confidence enter together. Empty if there is no grade.
    """
    if not len(confidence):
        return ()
    order = np.argsort(-confidence, kind="stable")
    sure, hits = confidence[order], np.cumsum(right[order])
    last_of_its_confidence = np.append(sure[1:] != sure[:-1], True)
    kept = np.flatnonzero(last_of_its_confidence) + 1
    return tuple(
        CoveragePoint(coverage=float(n / len(sure)), accuracy=float(hits[n - 1] / n)) for n in kept
    )


def compute_accuracy_at(coverage: float, confidence: Array, right: Array) -> float | None:
    """Compute the accuracy of the surest share of the grades; None if that is no whole grade.

    Grades of equal confidence at the edge count by their mean. Raises ValueError for a coverage
    that is not from 0 to 1.
    """
    if not 0 <= coverage <= 1:
        raise ValueError(f"a coverage of {coverage} is not from 0 to 1")
    kept = int(len(confidence) * coverage + 1e-9)  # 0.29 of 100 is 29, not 28.999999999999996
    if not kept:
        return None
    edge = np.sort(confidence)[::-1][kept - 1]
    surer, level = confidence > edge, confidence == edge
    at_edge = kept - int(surer.sum())
    return float((right[surer].sum() + at_edge * right[level].mean()) / kept)


def _divide_by_grades(total: Array, draws: Array) -> Array:
    """Divide each row's total by the number of grades drawn in it."""
    drawn = draws.sum(axis=1)
    return np.asarray(np.divide(total, drawn, out=np.full(len(drawn), np.nan), where=drawn > 0))
