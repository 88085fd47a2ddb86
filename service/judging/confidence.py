"""How sure a model was of its verdict, from the log-probabilities of the tokens that spell it."""

import math
import re
from collections.abc import Sequence

from service.judging.models import Verdict
from service.llm.chat import Token

__all__ = ["verdict_confidence"]

_VERDICT_VALUE = re.compile(r'"verdict"\s*:\s*"')


def verdict_confidence(tokens: Sequence[Token], verdict: Verdict) -> float | None:
    """The verdict's share of the probability that went to any verdict, 0 to 1.

    Read at the first token of the verdict's value, where the four labels part. None where the
    tokens hold no verdict, or not this one.
    """
    spelled = list(_VERDICT_VALUE.finditer("".join(token.text for token in tokens)))
    if not spelled:
        return None
    value, start = spelled[-1].end(), 0
    for token in tokens:
        if start <= value < start + len(token.text):
            return _share(token, token.text[: value - start], verdict)
        start += len(token.text)
    return None


def _share(token: Token, lead: str, verdict: Verdict) -> float | None:
    """`lead` is what the token holds before the value begins, such as the quotation mark."""
    masses = dict.fromkeys(Verdict, 0.0)
    for text, logprob in dict(((token.text, token.logprob), *token.alternatives)).items():
        rest = text[len(lead) :] if text.startswith(lead) else ""
        for label in Verdict:
            if rest and (label.startswith(rest) or rest.startswith(label)):
                masses[label] += math.exp(logprob)
    total = sum(masses.values())
    return min(1.0, masses[verdict] / total) if masses[verdict] else None
