"""Learn what a match tells: logistic regressions of verdicts and of signals shown on it."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from evals.embedded.examples import Example
from evals.embedded.network import Lower
from service.judging.embedded.onnx_model import STATUSES
from service.judging.embedded.packing import MARKERS
from service.judging.embedded.word_match import Match, Matching, features, match
from service.judging.models import SignalStatus
from service.playbooks.models import SignalKind

__all__ = ["fit_matching"]


def fit_matching(
    lower: Lower, students: Iterable[Example], examinations: Iterable[Example]
) -> Matching:
    """The weights that make students' verdicts likeliest, and good signals shown in examinations.

    Students' answers are marked as a whole: which signals they show is known of few.
    """
    told = [(features(_match(lower, example)), example.verdict) for example in students]
    rows = _weights(*zip(*told, strict=True))
    signals = [s for example in examinations for s in _signals(_match(lower, example), example)]
    ((constant, weight),) = _weights(*zip(*signals, strict=True))
    return Matching(
        verdict_weights=tuple(tuple(row) for row in rows),
        shown_weights=(constant, weight),
    )


@torch.no_grad()
def _match(lower: Lower, example: Example) -> Match:
    packed = example.packed
    hidden = lower.hidden(torch.tensor([packed.ids]), torch.tensor([packed.segments]))
    return match(hidden[0].numpy(), packed)


def _signals(found: Match, example: Example) -> Iterator[tuple[list[float], bool]]:
    """1 and the recall of each good signal, and whether it is shown."""
    packed = example.packed
    for place, recall, status in zip(packed.markers, found.signals, example.statuses, strict=True):
        if packed.ids[place] == MARKERS[SignalKind.GOOD]:
            yield [1.0, recall], status == STATUSES.index(SignalStatus.SHOWN)


def _weights(told: Sequence[Sequence[float]], targets: Sequence[int]) -> list[list[float]]:
    """For each target (one for two) the weight of each column of `told`, whose first is 1."""
    scaler, regression = StandardScaler(), LogisticRegression(max_iter=1000)
    regression.fit(scaler.fit_transform(np.array(told)[:, 1:]), targets)
    weights = regression.coef_ / scaler.scale_
    constants = regression.intercept_ - weights @ scaler.mean_
    return np.column_stack([constants, weights]).round(4).tolist()
