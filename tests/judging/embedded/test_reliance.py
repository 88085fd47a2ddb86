"""Confidence and doubt: what is likely right keeps a high confidence, what is doubtful is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from service.judging.embedded.reliance import SIGNS, Reliance, list_signs
from service.judging.embedded.scorer import STATUSES, VERDICTS, Scores
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


def scored(verdict: Verdict, share: float, *given: SignalStatus) -> Scores:
    """What both networks say alike; without statuses the first good signal is shown."""
    said = verdicts(verdict, share)
    rows = [[0.97 if s is t else 0.01 for t in STATUSES] for s in given or (SHOWN, ABSENT, ABSENT)]
    nowhere = np.zeros((len(rows), 9), np.float32)
    return Scores(said, np.array(rows, np.float32), nowhere, [(0, 1)] * 9, opinions=(said, said))


def test_the_confidence_is_what_the_regression_says() -> None:
    sure, doubts = reliance(limit=0.5).judge(QUESTION, scored(Verdict.GOOD, 0.8))
    assert sure == pytest.approx(0.8, abs=1e-4)
    assert doubts == ()


def test_a_verdict_below_the_limit_is_doubted() -> None:
    _, doubts = reliance(limit=0.81).judge(QUESTION, scored(Verdict.GOOD, 0.8))
    assert doubts == (ReviewReason.LOW_CONFIDENCE,)


def test_doubt_says_if_the_signals_speak_for_another_verdict() -> None:
    weak = scored(Verdict.GOOD, 0.8, ABSENT, ABSENT, SHOWN)
    _, doubts = reliance(limit=0.81).judge(QUESTION, weak)
    assert doubts == (ReviewReason.LOW_CONFIDENCE, ReviewReason.SIGNALS_DISAGREE)


def test_a_question_that_was_not_trained_on_has_a_limit_of_its_own() -> None:
    judge = reliance(limit=0.5, unfamiliar=0.9, known=False).judge
    _, doubts = judge(QUESTION, scored(Verdict.GOOD, 0.8))
    assert doubts == (ReviewReason.LOW_CONFIDENCE, ReviewReason.UNFAMILIAR_QUESTION)
    assert judge(QUESTION, scored(Verdict.GOOD, 0.95))[1] == ()


ROWS = arrays.arrays(np.float32, (6, 4), elements=st.floats(2**-10, 1, width=32))


@given(ROWS, st.integers(0, 5_000), st.booleans())
def test_every_sign_is_a_number(rows: np.ndarray, length: int, is_familiar: bool) -> None:
    shares = rows / rows.sum(axis=1, keepdims=True)
    offsets, evidence = [(0, 1)] * length, np.zeros((3, length), np.float32)
    scores = Scores(shares[0], shares[3:], evidence, offsets, opinions=(shares[1], shares[2]))
    signs = list_signs(QUESTION, scores, is_familiar=is_familiar)
    assert len(signs) == SIGNS
    assert np.isfinite(signs).all()
