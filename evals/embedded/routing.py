"""Teach the lower layers the kind of a question: a logistic regression over its words."""

from collections.abc import Mapping, Sequence

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from evals.embedded.network import WordReader
from service.judging.embedded.packing import pack
from service.judging.embedded.scorer import QuestionKind
from service.playbooks.models import Question

__all__ = ["fit_routing"]

RIDGE = 0.015


@torch.no_grad()
def _wordings(
    reader: WordReader, tokenizer: Tokenizer, questions: Sequence[Question]
) -> torch.Tensor:
    packed = [pack(tokenizer, question, "")[0] for question in questions]
    return torch.cat(
        [reader.wording(torch.tensor([p.ids]), torch.tensor([p.parts])) for p in packed]
    )


def fit_routing(
    reader: WordReader, tokenizer: Tokenizer, questions: Mapping[QuestionKind, Sequence[Question]]
) -> float:
    """Fit the lower layers' `kind`, both kinds weighing the same; return how often it is right."""
    wordings = {kind: _wordings(reader, tokenizer, some) for kind, some in questions.items()}
    found = torch.cat(list(wordings.values()))
    knowledge = torch.cat(
        [
            torch.full((len(w),), float(kind is QuestionKind.KNOWLEDGE))
            for kind, w in wordings.items()
        ]
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
        reader.kind.weight.copy_((weight / spread)[None])
        reader.kind.bias.copy_(bias - (weight / spread) @ mean)
        told = reader.kind(found).squeeze(1) > 0
    return float((told == (knowledge > 0)).float().mean())
