"""Define the two networks: the judge of practice, and the reader of words beside it."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel
from transformers.models.bert.modeling_bert import BertLayer

from service.judging.embedded.packing import MARKERS, QUESTION_PART, SIGNAL_PARTS
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.playbooks.models import SignalKind

MATCH_SIZE = 64
LAYERS, LOWER_LAYERS = 6, 3


class WordReader(nn.Module):
    """The lower half of the base, untrained, with a head that finds the kind of a question."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.embeddings = encoder.embeddings
        self.layers = encoder.encoder.layer[:LOWER_LAYERS]
        self.kind = nn.Linear((1 + len(SIGNAL_PARTS)) * encoder.config.hidden_size, 1)
        self.requires_grad_(requires_grad=False)

    @classmethod
    def from_base(cls, folder: Path) -> "WordReader":
        return cls(_encoder(folder, LOWER_LAYERS)).eval()

    def forward(self, ids: Tensor, segments: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
        """Run the layers, and find the kind of each question: above 0 is knowledge, (batch)."""
        return self.hidden(ids, segments), self.kind(self.wording(ids, parts)).squeeze(1)

    def hidden(self, ids: Tensor, segments: Tensor, mask: Tensor | None = None) -> Tensor:
        """Run the embeddings through the first layers, (batch, tokens, size)."""
        hidden = self.embeddings(input_ids=ids, token_type_ids=segments)
        for layer in self.layers:
            hidden = _attending(layer, hidden, hidden, mask)
        return hidden

    def wording(self, ids: Tensor, parts: Tensor) -> Tensor:
        """Average the words of the question, of its good and of its weak signals, (batch, 3 size).

        The answer has no part in it, so no words of a customer change the kind of the question.
        """
        words = self.embeddings.word_embeddings(ids)
        return torch.cat(
            [_mean(words, parts == part) for part in (QUESTION_PART, *SIGNAL_PARTS.values())], dim=1
        )


class Practice(nn.Module):
    """The judge of practice: statuses come from the markers, the verdict from everything.

    The embeddings are never trained, the lower layers on what texts say and deny alone.
    """

    def __init__(self, encoder: BertModel, dropout: float = 0.1) -> None:
        super().__init__()
        size = encoder.config.hidden_size
        self.embeddings = encoder.embeddings.requires_grad_(requires_grad=False)
        self.layers = encoder.encoder.layer
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
    def from_base(cls, folder: Path) -> "Practice":
        return cls(_encoder(folder, LAYERS))

    def forward(
        self, ids: Tensor, segments: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute the logits of verdict and status, and both sides of the evidence match.

        Outputs are (batch, tokens, ...), 0 at the words of question and signals. Without padding,
        attention needs no mask.
        """
        return self.judge(self.read(ids, segments, mask), ids, segments, mask)

    def read(self, ids: Tensor, segments: Tensor, mask: Tensor | None = None) -> Tensor:
        """Run the embeddings through the lower layers, (batch, tokens, size)."""
        hidden: Tensor = self.embeddings(input_ids=ids, token_type_ids=segments)
        for layer in self.layers[:LOWER_LAYERS]:
            hidden = _attending(layer, hidden, hidden, mask)
        return hidden

    def judge(
        self, hidden: Tensor, ids: Tensor, segments: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Run the upper layers and the heads.

        Only tokens that have an output go on: the first, the markers, the answer's. They attend to
        the words of question and signals as the lower layers left them.
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
        for layer in self.layers[LOWER_LAYERS:]:
            read_off = _attending(layer, read_off, torch.cat([read_off, words], 1), mask)
        read_off = self.dropout(read_off)
        pooled = [
            _mean(read_off, going == 0),
            *(_mean(read_off, tokens.gather(1, going)) for tokens in (good, weak, answer)),
        ]
        verdict = self.verdict(torch.cat(pooled, dim=-1))
        outputs = self.status(read_off), self.query(read_off) / MATCH_SIZE**0.5, self.key(read_off)
        status, query, key = (_put_back(output, going, ids) for output in outputs)
        return verdict, status, query, key


def padding_mask(ids: Tensor) -> Tensor:
    """Make a mask to add to attention scores, (batch, 1, 1, tokens): far below 0 at padding."""
    return (ids == 0).float()[:, None, None, :] * -1e9


def _encoder(folder: Path, layers: int) -> BertModel:
    config = BertConfig.from_pretrained(folder, num_hidden_layers=layers)
    return BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)


def _attending(layer: BertLayer, some: Tensor, everything: Tensor, mask: Tensor | None) -> Tensor:
    """Run a layer on some tokens, which attend to everything that is not masked."""
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
    dropout = attention.dropout.p if layer.training else 0.0
    found = functional.scaled_dot_product_attention(query, key, value, mask, dropout)
    attended = layer.attention.output(found.transpose(1, 2).flatten(2), some)
    return layer.feed_forward_chunk(attended)


def _at(hidden: Tensor, places: Tensor) -> Tensor:
    return hidden.gather(1, places.unsqueeze(-1).expand(-1, -1, hidden.shape[-1]))


def _put_back(output: Tensor, places: Tensor, ids: Tensor) -> Tensor:
    """Put the outputs back to their places, with 0 elsewhere."""
    spread = places.unsqueeze(-1).expand(-1, -1, output.shape[-1])
    empty = output.new_zeros(*ids.shape, output.shape[-1])
    return empty.scatter(1, spread, output)


def _mean(hidden: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
