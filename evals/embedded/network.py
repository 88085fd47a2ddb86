"""The packed cross-encoder: one encoder, heads for verdict, signal status and evidence."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertLayer

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
        network = cls(BertModel.from_pretrained(folder, config=config, add_pooling_layer=False))
        network.encoder.embeddings.requires_grad_(requires_grad=False)
        network.encoder.encoder.layer[:FROZEN_LAYERS].requires_grad_(requires_grad=False)
        return network

    def forward(self, ids: Tensor, segments: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits for sequences of one length; without padding, attention needs no mask."""
        return self.upper(self.lower(ids, segments), ids, segments)

    def lower(self, ids: Tensor, segments: Tensor, mask: Tensor | None = None) -> Tensor:
        """The frozen part: embeddings and the first half of the layers, (batch, tokens, size)."""
        hidden = self.encoder.embeddings(input_ids=ids, token_type_ids=segments)
        for layer in self.encoder.encoder.layer[:FROZEN_LAYERS]:
            hidden = self._attending(layer, hidden, hidden, mask)
        return hidden

    def upper(
        self, hidden: Tensor, ids: Tensor, segments: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The trained part: logits of verdict, status and both sides of the evidence match.

        Only the tokens that something is read off go on: the first, the markers, the answer's. The
        words of question and signals stay as the frozen part left them, to be attended to. Outputs
        are (batch, tokens, ...), 0 at the words that were left behind.
        """
        good, weak = (ids == MARKERS[SignalKind.GOOD]), (ids == MARKERS[SignalKind.WEAK])
        answer = (segments == 1) & (ids > 0)
        read = good | weak | answer
        read[:, 0] = True
        order = read.int().argsort(dim=1, descending=True)
        going = order[:, torch.arange(read.sum(1).max())]
        behind = order[:, torch.arange(read.sum(1).max(), ids.shape[1])]
        if mask is not None:
            mask = mask.gather(3, order[:, None, None])
        read_off, words = _at(hidden, going), _at(hidden, behind)
        for layer in self.encoder.encoder.layer[FROZEN_LAYERS:]:
            everything = torch.cat([read_off, words], 1)
            read_off = self._attending(layer, read_off, everything, mask)
        read_off = self.dropout(read_off)
        pooled = [
            _mean(read_off, going == 0),
            *(_mean(read_off, tokens.gather(1, going)) for tokens in (good, weak, answer)),
        ]
        verdict = self.verdict(torch.cat(pooled, dim=-1))
        outputs = self.status(read_off), self.query(read_off) / MATCH_SIZE**0.5, self.key(read_off)
        status, query, key = (_put_back(output, going, ids) for output in outputs)
        return verdict, status, query, key

    def _attending(
        self, layer: BertLayer, some: Tensor, everything: Tensor, mask: Tensor | None
    ) -> Tensor:
        """What a layer makes of some tokens, which attend to everything that is not masked."""
        attention = layer.attention.self
        heads = (attention.num_attention_heads, attention.attention_head_size)
        query, key, value = (
            part(tokens).unflatten(-1, heads).transpose(1, 2)
            for part, tokens in (
                (attention.query, some),
                (attention.key, everything),
                (attention.value, everything),
            )
        )
        dropout = attention.dropout.p if self.training else 0.0
        found = functional.scaled_dot_product_attention(query, key, value, mask, dropout)
        attended = layer.attention.output(found.transpose(1, 2).flatten(2), some)
        return layer.feed_forward_chunk(attended)


def padding_mask(ids: Tensor) -> Tensor:
    """Added to attention scores, (batch, 1, 1, tokens): 0 at tokens, far below at padding."""
    return (ids == 0).float()[:, None, None, :] * -1e9


def _at(hidden: Tensor, places: Tensor) -> Tensor:
    return hidden.gather(1, places.unsqueeze(-1).expand(-1, -1, hidden.shape[-1]))


def _put_back(output: Tensor, places: Tensor, ids: Tensor) -> Tensor:
    """The outputs at the places that they are of, 0 elsewhere."""
    spread = places.unsqueeze(-1).expand(-1, -1, output.shape[-1])
    empty = output.new_zeros(*ids.shape, output.shape[-1])
    return empty.scatter(1, spread, output)


def _mean(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
