"""Topics as a chain: talk stays on a question for a while, then leaves it (a linear-chain CRF)."""

import numpy as np
from numpy.typing import NDArray

from service.records import Frozen

__all__ = ["Chain", "log_sum", "posteriors"]

Array = NDArray[np.float64]


class Chain(Frozen):
    """What moving on costs, in natural log units: to another question, into one, out of one."""

    change: float
    begin: float
    end: float


def posteriors(scores: Array, chain: Chain) -> Array:
    """The probability that a turn is about a question, given all turns: (turns, questions).

    `scores` (turns, questions) are log odds against being about none.
    """
    states, moves = _with_none(scores), _moves(scores.shape[1], chain)
    ahead, behind = _forward(states, moves), _forward(states[::-1], moves.T)[::-1]
    joint = ahead + behind - states
    joint -= joint.max(axis=1, keepdims=True)
    chances = np.exp(joint)
    return np.asarray((chances / chances.sum(axis=1, keepdims=True))[:, 1:])


def log_sum(scores: Array, chain: Chain, allowed: NDArray[np.bool_] | None = None) -> float:
    """The log of the summed weight of all courses, or of those through `allowed` states alone.

    `allowed` (turns, 1 + questions) begins with being about none.
    """
    states = _with_none(scores)
    if allowed is not None:
        states = np.where(allowed, states, -1e3)
    last = _forward(states, _moves(scores.shape[1], chain))[-1]
    return float(np.logaddexp.reduce(last))


def _with_none(scores: Array) -> Array:
    return np.concatenate([np.zeros((len(scores), 1)), scores], axis=1)


def _moves(questions: int, chain: Chain) -> Array:
    moves = np.full((questions + 1, questions + 1), -chain.change)
    moves[0, 1:], moves[1:, 0] = -chain.begin, -chain.end
    np.fill_diagonal(moves, 0.0)
    return moves


def _forward(states: Array, moves: Array) -> Array:
    """For each turn and state the log of the summed weight of all courses that lead there."""
    weights = np.exp(moves)
    reached = np.empty_like(states)
    reached[0] = states[0]
    for turn in range(1, len(states)):
        top = reached[turn - 1].max()
        reached[turn] = states[turn] + top + np.log(np.exp(reached[turn - 1] - top) @ weights)
    return reached
