"""Whether confidence means what it says: calibration, and accuracy against coverage."""

import numpy as np
from numpy.typing import NDArray

from service.evaluation.metrics.statistics import Estimate, wilson
from service.records import Frozen

__all__ = [
    "BINS",
    "Bin",
    "Point",
    "accuracy_at",
    "bin_numbers",
    "brier",
    "coverage_curve",
    "expected_calibration_error",
    "reliability",
]

Array = NDArray[np.float64]
BINS = 10


class Bin(Frozen):
    """The grades of one stretch of confidence."""

    n: int
    mean_confidence: float
    accuracy: Estimate


class Point(Frozen):
    """The accuracy of the surest grades, and which share of all they are."""

    coverage: float
    accuracy: float


def bin_numbers(confidence: Array) -> NDArray[np.int64]:
    """Which of ten equal bins each confidence falls into; 1.0 falls into the last.

    ValueError of a confidence that is not from 0 to 1.
    """
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("a confidence must be from 0 to 1")
    return np.asarray(np.minimum((confidence * BINS).astype(int), BINS - 1))


def expected_calibration_error(confidence: Array, right: Array, draws: Array) -> Array:
    """The mean gap between confidence and accuracy, bin by bin (Guo et al. 2017).

    One value, 0 to 1, for each row of `draws` (resamples, n), which says how often each grade
    counts; NaN for a row that holds none.
    """
    belongs = np.eye(BINS)[bin_numbers(confidence)]
    gaps = np.abs(draws @ (belongs * (right - confidence)[:, None])).sum(axis=1)
    return _by_grade(gaps, draws)


def brier(confidence: Array, right: Array, draws: Array) -> Array:
    """Mean squared gap between confidence and being right (Brier 1950), for each row of draws.

    0 to 1; NaN for a row that holds no grade.
    """
    return _by_grade(draws @ (confidence - right) ** 2, draws)


def reliability(confidence: Array, right: Array) -> tuple[Bin, ...]:
    """Each bin that holds a grade, lowest confidence first."""
    numbers = bin_numbers(confidence)
    found = []
    for number in np.unique(numbers):
        inside = numbers == number
        n, mean = int(inside.sum()), float(confidence[inside].mean())
        share = wilson(float(right[inside].sum()), n)
        found.append(Bin(n=n, mean_confidence=mean, accuracy=share))
    return tuple(found)


def coverage_curve(confidence: Array, right: Array) -> tuple[Point, ...]:
    """Accuracy of the surest grades for each share kept; equal confidences enter together.

    Empty of no grades.
    """
    if not len(confidence):
        return ()
    order = np.argsort(-confidence, kind="stable")
    sure, hits = confidence[order], np.cumsum(right[order])
    last_of_its_confidence = np.append(sure[1:] != sure[:-1], True)
    kept = np.flatnonzero(last_of_its_confidence) + 1
    return tuple(
        Point(coverage=float(n / len(sure)), accuracy=float(hits[n - 1] / n)) for n in kept
    )


def accuracy_at(coverage: float, confidence: Array, right: Array) -> float | None:
    """Accuracy of the surest share of the grades; None where that is none of them.

    A part of a grade is not kept. Grades of equal confidence at the edge count by their mean.
    ValueError of a coverage that is not from 0 to 1.
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


def _by_grade(total: Array, draws: Array) -> Array:
    """Each row's total over the number of grades drawn in it."""
    drawn = draws.sum(axis=1)
    return np.asarray(np.divide(total, drawn, out=np.full(len(drawn), np.nan), where=drawn > 0))
