"""Whether a judge knows when it is right."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.evaluation.metrics.calibration import (
    Bin,
    Point,
    accuracy_at,
    brier,
    coverage_curve,
    expected_calibration_error,
    reliability,
)
from service.evaluation.metrics.statistics import Estimate, percentile_estimate
from service.evaluation.runs.run import Line
from service.records import Frozen

__all__ = ["Calibration", "calibration"]


class Calibration(Frozen):
    """Over the graded cases whose grade has a confidence.

    `error` is the expected calibration error over ten equal bins; `brier` the Brier score of "this
    verdict is right"; `coverage` the accuracy of the surest grades against the share they are.
    """

    n: int
    error: Estimate
    brier: Estimate
    surest_half_accuracy: float | None
    bins: tuple[Bin, ...]
    coverage: tuple[Point, ...]


def calibration(lines: Sequence[Line], draws: NDArray[np.float64]) -> Calibration | None:
    """The calibration of graded lines; None where no grade has a confidence.

    `draws` (resamples, lines) is how often each line is drawn.
    """
    measured = [
        n for n, line in enumerate(lines) if line.given and line.given.confidence is not None
    ]
    if not measured:
        return None
    sure = np.array([line.given.confidence for line in lines if line.given], dtype=float)[measured]
    right = np.array([line.is_right for line in lines], dtype=float)[measured]
    once, drawn = np.ones((1, len(measured))), draws[:, measured]
    drawn = drawn[drawn.any(axis=1)]
    return Calibration(
        n=len(measured),
        error=percentile_estimate(
            expected_calibration_error(sure, right, once)[0],
            expected_calibration_error(sure, right, drawn),
            len(measured),
        ),
        brier=percentile_estimate(
            brier(sure, right, once)[0], brier(sure, right, drawn), len(measured)
        ),
        surest_half_accuracy=accuracy_at(0.5, sure, right),
        bins=reliability(sure, right),
        coverage=coverage_curve(sure, right),
    )
