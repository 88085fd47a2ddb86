import math

import pytest

from service.judging.confidence import measure_confidence
from service.judging.models import Verdict
from service.llm.chat import Token


def tokens(*texts: str, at: int, **shares: float) -> list[Token]:
    """Sampled tokens; at place `at`, the alternatives with their probabilities."""
    alternatives = tuple((text, math.log(share)) for text, share in shares.items())
    return [
        Token(text, dict(alternatives).get(text, 0.0), alternatives if n == at else ())
        for n, text in enumerate(texts)
    ]


def test_confidence_is_the_verdicts_share_among_verdicts() -> None:
    said = tokens('{"verdict"', ': "', "weak", '"}', at=2, weak=0.6, partial=0.2, banana=0.1)
    assert measure_confidence(said, Verdict.WEAK) == pytest.approx(0.75)


def test_a_token_may_hold_the_quotation_mark_too() -> None:
    said = [
        Token('{"verdict":', 0.0),
        Token(' "un', math.log(0.9), ((' "un', math.log(0.9)), (' "good', math.log(0.1)))),
        Token('answered"}', 0.0),
    ]
    assert measure_confidence(said, Verdict.UNANSWERED) == pytest.approx(0.9)


def test_the_last_verdict_of_the_reply_counts() -> None:
    head = '{"rationale": "\\"verdict\\": \\"good"'
    said = tokens(head, ', "verdict": "', "weak", at=2, weak=0.5)
    assert measure_confidence(said, Verdict.WEAK) == 1.0


@pytest.mark.parametrize(
    "said", [[], [Token("no verdict here", 0.0)], [Token('{"verdict": "', 0.0)]]
)
def test_without_a_verdicts_tokens_there_is_no_confidence(said: list[Token]) -> None:
    assert measure_confidence(said, Verdict.GOOD) is None


def test_another_verdict_than_the_one_spelled_has_no_confidence() -> None:
    assert measure_confidence(tokens('"verdict": "', "weak", at=1, weak=1.0), Verdict.GOOD) is None
