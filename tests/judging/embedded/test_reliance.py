"""Confidence and doubt: what is likely right keeps a high confidence, what is doubtful is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from service.judging.embedded.reliance import SIGNS, Reliance, list_signs
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.judging.models import SignalStatus, Verdict
from service.judging.review import ReviewReason
from tests.fakes import a_question

QUESTION = a_question()
SHOWN, ABSENT = SignalStatus.SHOWN, SignalStatus.ABSENT
_LOGIT = 1  # the place of the first sign's weight, behind the constant


def weights(**at: float) -> tuple[float, ...]:
    """The constant, the weight of the likeliest verdict's log odds, and 0 for every other sign."""
    return (at.get("constant", 0.0), at.get("logit", 0.0), *[0.0] * (SIGNS - 1))


def reliance(*, limit: float, unfamiliar: float = 0.99, known: bool = True) -> Reliance:
    return Reliance(
        right=weights(logit=1.0),
        defensible=weights(logit=1.0),
        limit=limit,
        unfamiliar_limit=unfamiliar,
        familiar=frozenset({QUESTION.digest} if known else ()),
    )


def verdicts(verdict: Verdict, share: float) -> np.ndarray:
    rest = (1 - share) / 3
    return np.array([share if v is verdict else rest for v in VERDICTS], np.float32)


def statuses(*given: SignalStatus) -> np.ndarray:
    return np.array([[0.97 if s is t else 0.01 for t in STATUSES] for s in given], np.float32)


GOOD = statuses(SHOWN, ABSENT, ABSENT)


def test_the_confidence_is_what_the_regression_says() -> None:
    sure, doubts = reliance(limit=0.5).judge(QUESTION, verdicts(Verdict.GOOD, 0.8), GOOD, 9)
    assert sure == pytest.approx(0.8, abs=1e-4)
    assert doubts == ()


def test_a_verdict_below_the_limit_is_doubted() -> None:
    _, doubts = reliance(limit=0.81).judge(QUESTION, verdicts(Verdict.GOOD, 0.8), GOOD, 9)
    assert doubts == (ReviewReason.LOW_CONFIDENCE,)


def test_doubt_says_if_the_signals_speak_for_another_verdict() -> None:
    weak = statuses(ABSENT, ABSENT, SHOWN)
    _, doubts = reliance(limit=0.81).judge(QUESTION, verdicts(Verdict.GOOD, 0.8), weak, 9)
    assert doubts == (ReviewReason.LOW_CONFIDENCE, ReviewReason.SIGNALS_DISAGREE)


def test_a_question_that_was_not_trained_on_has_a_limit_of_its_own() -> None:
    judge = reliance(limit=0.5, unfamiliar=0.9, known=False).judge
    _, doubts = judge(QUESTION, verdicts(Verdict.GOOD, 0.8), GOOD, 9)
    assert doubts == (ReviewReason.LOW_CONFIDENCE, ReviewReason.UNFAMILIAR_QUESTION)
    assert judge(QUESTION, verdicts(Verdict.GOOD, 0.95), GOOD, 9)[1] == ()


ROWS = arrays.arrays(np.float32, (4, 4), elements=st.floats(2**-10, 1, width=32))


@given(ROWS, st.integers(0, 5_000), st.booleans())
def test_every_sign_is_a_number(rows: np.ndarray, length: int, is_familiar: bool) -> None:
    shares = rows / rows.sum(axis=1, keepdims=True)
    signs = list_signs(QUESTION, shares[0], shares[1:], length, is_familiar=is_familiar)
    assert len(signs) == SIGNS
    assert np.isfinite(signs).all()
