"""Follow topics as a chain: talk stays on a question for a while (a linear-chain CRF).

A path gives each turn one state: the question it is about, or none. Every path has a weight, from
how well its turns fit their states and from what each move to another state costs.
"""

import numpy as np
from numpy.typing import NDArray

from service.records import Frozen

__all__ = ["Array", "Chain", "estimate_topics", "sum_paths"]

Array = NDArray[np.float64]

_NEVER = -1e3  # a log weight of nothing, which still can be calculated with


class Chain(Frozen):
    """The cost of a move, in natural log units: to another question, into one, out of one."""

    change: float
    begin: float
    end: float


def estimate_topics(scores: Array, chain: Chain) -> Array:
    """Estimate the probability that a turn is about a question: (turns, questions).

    `scores` (turns, questions) are log odds against being about none. The probability takes all
    turns into account: it is the share of the paths through that state, by the forward-backward
    algorithm.
    """
    states, moves = _add_none(scores), _list_moves(scores.shape[1], chain)
    ahead, behind = _sum_forward(states, moves), _sum_forward(states[::-1], moves.T)[::-1]
    joint = ahead + behind - states
    joint -= joint.max(axis=1, keepdims=True)
    chances = np.exp(joint)
    return np.asarray((chances / chances.sum(axis=1, keepdims=True))[:, 1:])


def sum_paths(scores: Array, chain: Chain, allowed: NDArray[np.bool_] | None = None) -> float:
    """Give the log of the summed weight of all paths, or only of those through `allowed` states.

    `allowed` (turns, 1 + questions) begins with the state of being about none.
    """
    states = _add_none(scores)
    if allowed is not None:
        states = np.where(allowed, states, _NEVER)
    last = _sum_forward(states, _list_moves(scores.shape[1], chain))[-1]
    return float(np.logaddexp.reduce(last))


def _add_none(scores: Array) -> Array:
    return np.concatenate([np.zeros((len(scores), 1)), scores], axis=1)


def _list_moves(questions: int, chain: Chain) -> Array:
    moves = np.full((questions + 1, questions + 1), -chain.change)
    moves[0, 1:], moves[1:, 0] = -chain.begin, -chain.end
    np.fill_diagonal(moves, 0.0)
    return moves


def _sum_forward(states: Array, moves: Array) -> Array:
    """Give, for each turn and state, the log of the summed weight of all paths that lead there."""
    weights = np.exp(moves)
    reached = np.empty_like(states)
    reached[0] = states[0]
    for turn in range(1, len(states)):
        # Shifted by the largest one before exp, so that hours of talk don't overflow.
        top = reached[turn - 1].max()
        reached[turn] = states[turn] + top + np.log(np.exp(reached[turn - 1] - top) @ weights)
    return reached
