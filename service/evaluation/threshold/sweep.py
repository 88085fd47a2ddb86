"""Every threshold of a cascade that makes a difference on some cases."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sweep"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """Thresholds from 0 to 1, lowest first, no two of which keep the same embedded grades.

    Each is written with as few digits as possible. `kept` counts the cases that a threshold keeps;
    they come first in `order`.
    """

    thresholds: Array
    order: NDArray[np.int64]
    kept: NDArray[np.int64]

    @classmethod
    def over(cls, sureness: Array) -> "Sweep":
        """Find the thresholds for cases of this sureness; all or none keep an infinite one."""
        # Between two neighbours every threshold keeps the same cases, so one of them is enough.
        # 1.0 is the highest that can be set.
        distinct = np.unique(np.append(sureness[np.isfinite(sureness)], 1.0)).tolist()
        thresholds = np.array([0.0, *(_find_shortest(*ends) for ends in pairwise(distinct))])
        # A case as sure as the threshold is kept, as in service.judging.cascade.
        left = np.searchsorted(np.sort(sureness), thresholds, side="left")
        return cls(thresholds, np.argsort(-sureness, kind="stable"), len(sureness) - left)

    def sum_at_each(self, where_kept: Array, where_asked: Array) -> Array:
        """Sum the cases at each threshold: one value for those it keeps, the other for the rest."""
        gains = np.cumsum((where_kept - where_asked)[self.order])
        return np.asarray(where_asked.sum() + np.append(0.0, gains)[self.kept])


def _find_shortest(below: float, highest: float) -> float:
    """Find the number with the fewest digits above `below` and at most `highest`, both 0 to 1."""
    exact = Decimal(str(highest))
    for digits in range(len(str(highest))):
        rounded = float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_FLOOR))
        if rounded > below:
            return rounded
    return highest
