import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from service.assignment.topic_chain import Array, Chain, estimate_topics, sum_paths

CHAIN = Chain(change=2.5, begin=1.5, end=0.5)
SCORES = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 2)), elements=st.floats(-5, 5))


def every_course(scores: Array) -> dict[tuple[int, ...], float]:
    """The log weight of each course of states, 0 for none, by the definition."""
    turns, questions = scores.shape
    courses = {}
    for course in itertools.product(range(questions + 1), repeat=turns):
        said = sum(scores[turn, state - 1] for turn, state in enumerate(course) if state)
        paid = sum(cost(a, b) for a, b in itertools.pairwise(course))
        courses[course] = float(said) - paid
    return courses


def cost(before: int, after: int) -> float:
    if before == after:
        return 0.0
    return CHAIN.begin if before == 0 else CHAIN.end if after == 0 else CHAIN.change


@given(SCORES)
def test_the_chances_are_those_of_all_courses_weighed(scores: Array) -> None:
    courses = every_course(scores)
    whole = np.logaddexp.reduce(list(courses.values()))
    assert sum_paths(scores, CHAIN) == pytest.approx(whole)
    found = estimate_topics(scores, CHAIN)
    for turn, question in itertools.product(*map(range, scores.shape)):
        through = [w for course, w in courses.items() if course[turn] == question + 1]
        assert found[turn, question] == pytest.approx(np.exp(np.logaddexp.reduce(through) - whole))


@given(SCORES, st.integers(0, 4))
def test_only_courses_through_allowed_states_are_summed(scores: Array, barred: int) -> None:
    barred %= len(scores)
    allowed = np.ones((len(scores), scores.shape[1] + 1), dtype=bool)
    allowed[barred, 1:] = False
    kept = [w for course, w in every_course(scores).items() if course[barred] == 0]
    assert sum_paths(scores, CHAIN, allowed) == pytest.approx(np.logaddexp.reduce(kept))


def test_a_turn_that_says_nothing_stays_on_the_topic_around_it() -> None:
    scores = np.array([[4.0, -4.0], [-1.0, -1.0], [4.0, -4.0]])
    assert estimate_topics(scores, Chain(change=6, begin=3, end=3))[1, 0] > 0.8


def test_no_length_of_talk_loses_precision() -> None:
    scores = np.tile([[50.0, -50.0]], (5_000, 1))
    assert estimate_topics(scores, CHAIN)[:, 0] == pytest.approx(1.0)
