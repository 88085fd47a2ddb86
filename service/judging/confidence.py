"""Measure how sure a model was of its verdict, from the log-probabilities of its tokens."""

import math
import re
from collections.abc import Sequence

from service.judging.models import Verdict
from service.llm.chat import Token

__all__ = ["measure_confidence"]

_VERDICT_VALUE = re.compile(r'"verdict"\s*:\s*"')


def measure_confidence(tokens: Sequence[Token], verdict: Verdict) -> float | None:
    """Measure the verdict's share of the probability that went to any verdict, 0 to 1.

    The first token of the verdict's value counts: there the four labels differ. None if the tokens
    spell no verdict, or another one.
    """
    # The last one is the verdict itself: a rationale before it may quote the word "verdict".
    spelled = list(_VERDICT_VALUE.finditer("".join(token.text for token in tokens)))
    if not spelled:
        return None
    value, start = spelled[-1].end(), 0
    for token in tokens:
        if start <= value < start + len(token.text):
            return _measure_share(token, token.text[: value - start], verdict)
        start += len(token.text)
    return None


def _measure_share(token: Token, lead: str, verdict: Verdict) -> float | None:
    """Share a token's probability among the verdicts that it and its alternatives can begin.

    `lead` is the part of the token before the value, such as a quotation mark.
    """
    masses = dict.fromkeys(Verdict, 0.0)
    for text, logprob in dict(((token.text, token.logprob), *token.alternatives)).items():
        rest = text[len(lead) :] if text.startswith(lead) else ""
        for label in Verdict:
            if rest and (label.startswith(rest) or rest.startswith(label)):
                masses[label] += math.exp(logprob)
    total = sum(masses.values())
    return min(1.0, masses[verdict] / total) if masses[verdict] else None
