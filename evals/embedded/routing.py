"""Teach the lower layers what a question asks for: a logistic regression over its words."""

from collections.abc import Mapping, Sequence

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from evals.embedded.network import Lower
from service.judging.embedded.packing import pack
from service.judging.embedded.question_kind import Asks
from service.playbooks.models import Question

__all__ = ["fit_routing"]

RIDGE = 0.015


@torch.no_grad()
def _wordings(lower: Lower, tokenizer: Tokenizer, questions: Sequence[Question]) -> torch.Tensor:
    packed = [pack(tokenizer, question, "")[0] for question in questions]
    return torch.cat(
        [lower.wording(torch.tensor([p.ids]), torch.tensor([p.parts])) for p in packed]
    )


def fit_routing(
    lower: Lower, tokenizer: Tokenizer, questions: Mapping[Asks, Sequence[Question]]
) -> float:
    """Set the lower layers' `asks`, both kinds weighing the same; the share it tells rightly."""
    wordings = {asks: _wordings(lower, tokenizer, some) for asks, some in questions.items()}
    found = torch.cat(list(wordings.values()))
    knowledge = torch.cat(
        [torch.full((len(w),), float(asks is Asks.KNOWLEDGE)) for asks, w in wordings.items()]
    )
    shares = torch.cat([torch.full((len(w),), 1 / len(w)) for w in wordings.values()])
    mean, spread = found.mean(0), found.std(0) + 1e-6
    weight = torch.zeros(found.shape[1], requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        logits = (found - mean) / spread @ weight + bias
        losses = functional.binary_cross_entropy_with_logits(logits, knowledge, reduction="none")
        loss = (losses * shares).sum() / 2 + RIDGE * (weight**2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    with torch.no_grad():
        lower.asks.weight.copy_((weight / spread)[None])
        lower.asks.bias.copy_(bias - (weight / spread) @ mean)
        told = lower.asks(found).squeeze(1) > 0
    return float((told == (knowledge > 0)).float().mean())
