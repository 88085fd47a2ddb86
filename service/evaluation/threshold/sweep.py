"""Every threshold of a cascade that can be told apart on some cases."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sweep"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """Thresholds from 0 to 1, lowest first, no two of which keep the same cases.

    Each is a number with as few digits as keep what it keeps. `kept` counts those cases, which come
    first in `order`.
    """

    thresholds: Array
    order: NDArray[np.int64]
    kept: NDArray[np.int64]

    @classmethod
    def over(cls, sureness: Array) -> "Sweep":
        """The thresholds for cases as sure as this; infinite ones are kept by all or by none."""
        told_apart = np.unique(np.append(sureness[np.isfinite(sureness)], 1.0)).tolist()
        thresholds = np.array([0.0, *(_shortest(*ends) for ends in pairwise(told_apart))])
        left = np.searchsorted(np.sort(sureness), thresholds, side="left")
        return cls(thresholds, np.argsort(-sureness, kind="stable"), len(sureness) - left)

    def totals(self, where_kept: Array, where_asked: Array) -> Array:
        """At each threshold, the sum over the cases of the one value or the other."""
        gains = np.cumsum((where_kept - where_asked)[self.order])
        return np.asarray(where_asked.sum() + np.append(0.0, gains)[self.kept])


def _shortest(below: float, highest: float) -> float:
    """The number with the fewest digits above the one and at most the other, both from 0 to 1."""
    exact = Decimal(str(highest))
    for digits in range(len(str(highest))):
        rounded = float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR))
        if rounded > below:
            return rounded
    return highest
