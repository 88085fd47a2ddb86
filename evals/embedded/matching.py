"""Fit the logistic regressions of verdicts and shown signals on a match of words."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from evals.embedded.examples import Example
from evals.embedded.network import WordReader
from service.judging.embedded.packing import MARKERS
from service.judging.embedded.scorer import STATUSES
from service.judging.embedded.word_match import (
    MatchRegression,
    WordMatch,
    list_features,
    match_words,
)
from service.judging.models import SignalStatus
from service.playbooks.models import SignalKind

__all__ = ["fit_matching"]


def fit_matching(
    reader: WordReader, students: Iterable[Example], examinations: Iterable[Example]
) -> MatchRegression:
    """Fit the verdicts' weights to students' answers, and those of shown signals to examinations.

    Students' answers are marked as a whole, so the signals that they show are known of few.
    """
    told = [(list_features(_match(reader, example)), example.verdict) for example in students]
    rows = _fit_weights(*zip(*told, strict=True))
    signals = [
        s for example in examinations for s in _list_signals(_match(reader, example), example)
    ]
    ((constant, weight),) = _fit_weights(*zip(*signals, strict=True))
    return MatchRegression(
        verdict_weights=tuple(tuple(row) for row in rows),
        shown_weights=(constant, weight),
    )


@torch.no_grad()
def _match(reader: WordReader, example: Example) -> WordMatch:
    packed = example.packed
    hidden = reader.hidden(torch.tensor([packed.ids]), torch.tensor([packed.segments]))
    return match_words(hidden[0].numpy(), packed)


def _list_signals(found: WordMatch, example: Example) -> Iterator[tuple[list[float], bool]]:
    """List 1 and the recall of each good signal, and if it is shown."""
    packed = example.packed
    for place, recall, status in zip(packed.markers, found.signals, example.statuses, strict=True):
        if packed.ids[place] == MARKERS[SignalKind.GOOD]:
            yield [1.0, recall], status == STATUSES.index(SignalStatus.SHOWN)


def _fit_weights(told: Sequence[Sequence[float]], targets: Sequence[int]) -> list[list[float]]:
    """Fit weights of the columns of `told` for each target (one for two); the first column is 1."""
    scaler, regression = StandardScaler(), LogisticRegression(max_iter=1000)
    regression.fit(scaler.fit_transform(np.array(told)[:, 1:]), targets)
    weights = regression.coef_ / scaler.scale_
    constants = regression.intercept_ - weights @ scaler.mean_
    return np.column_stack([constants, weights]).round(4).tolist()
