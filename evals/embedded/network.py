"""The packed cross-encoder: one encoder, heads for verdict, signal status and evidence."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from service.judging.embedded.packing import MARKERS
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.playbooks.models import SignalKind

MATCH_SIZE = 64
FROZEN_LAYERS = 3


class Network(nn.Module):
    """Statuses are read at the markers; the verdict sees the whole, the markers and the answer."""

    def __init__(self, encoder: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.status = nn.Sequential(
            nn.Linear(size, size), nn.GELU(), nn.Linear(size, len(STATUSES))
        )
        self.verdict = nn.Sequential(
            nn.Linear(4 * size, size),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(size, len(VERDICTS)),
        )
        self.query = nn.Linear(size, MATCH_SIZE)
        self.key = nn.Linear(size, MATCH_SIZE)

    @classmethod
    def from_base(cls, folder: Path) -> "Network":
        config = BertConfig.from_pretrained(folder)
        config._attn_implementation = "eager"
        network = cls(BertModel.from_pretrained(folder, config=config, add_pooling_layer=False))
        network.encoder.embeddings.requires_grad_(requires_grad=False)
        network.encoder.encoder.layer[:FROZEN_LAYERS].requires_grad_(requires_grad=False)
        return network

    def forward(self, ids: Tensor, segments: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.upper(self.lower(ids, segments), ids, segments)

    def lower(self, ids: Tensor, segments: Tensor) -> Tensor:
        """The frozen part: embeddings and the first half of the layers, (batch, tokens, size)."""
        hidden = self.encoder.embeddings(input_ids=ids, token_type_ids=segments)
        for layer in self.encoder.encoder.layer[:FROZEN_LAYERS]:
            hidden = layer(hidden, _attention_mask(ids))
        return hidden

    def upper(
        self, hidden: Tensor, ids: Tensor, segments: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The trained part: logits of verdict, status and both sides of the evidence match."""
        for layer in self.encoder.encoder.layer[FROZEN_LAYERS:]:
            hidden = layer(hidden, _attention_mask(ids))
        hidden = self.dropout(hidden)
        pooled = [
            hidden[:, 0],
            _mean(hidden, ids == MARKERS[SignalKind.GOOD]),
            _mean(hidden, ids == MARKERS[SignalKind.WEAK]),
            _mean(hidden, (segments == 1) & (ids > 0)),
        ]
        verdict = self.verdict(torch.cat(pooled, dim=-1))
        query = self.query(hidden) / MATCH_SIZE**0.5
        return verdict, self.status(hidden), query, self.key(hidden)


def _attention_mask(ids: Tensor) -> Tensor:
    """Added to attention scores: 0 at tokens, a large negative number at padding."""
    return (ids == 0).float()[:, None, None, :] * -1e9


def _mean(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
