"""Fit the judge of practice to drawn examples."""

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from evals.embedded.examples import UNKNOWN, Example
from evals.embedded.network import LOWER_LAYERS, Practice, padding_mask
from service.judging.embedded.scorer import VERDICTS

__all__ = ["Schooling", "fit"]

WARM_UP = 0.1  # of the steps
SECOND = 0.3  # the share of the other verdicts that a reader could defend
STATUS_WEIGHTS = torch.tensor([0.6, 1.0, 1.6, 1.6])


@dataclass(frozen=True)
class Schooling:
    """A course of training; `rate` is the peak learning rate of the layers.

    Lower layers that are not trained are run only once for all epochs of a draw.
    `checkpoint` is the file of the state after the last whole epoch; `is_resumed` goes on from it.
    """

    epochs: int
    rate: float
    checkpoint: Path
    trains_lower_layers: bool = True
    epochs_per_draw: int = 1
    batch: int = 16
    seed: int = 7
    is_resumed: bool = False


def fit(
    network: Practice,
    draw: Callable[[int], Sequence[Example]],
    watched: Mapping[str, Sequence[Example]],
    schooling: Schooling,
) -> None:
    """Train, `epochs_per_draw` on each draw; print how much of `watched` is right after each epoch.

    Products are of bfloat16, which takes less time on processors that know it.
    """
    size = schooling.batch
    optimizer = _make_optimizer(network, schooling)
    parts = {"network": network, "optimizer": optimizer}
    done = _restore(parts, schooling.checkpoint) if schooling.is_resumed else 0
    drawn, current = -1, Draw([])
    for epoch in range(done, schooling.epochs):
        started, losses = time.monotonic(), []
        if drawn != epoch // schooling.epochs_per_draw:
            drawn = epoch // schooling.epochs_per_draw
            current = Draw(draw(drawn))
            if not schooling.trains_lower_layers:
                current.read(network, size)
            took = time.monotonic() - started
            print(f"draw {drawn + 1}: {len(current.examples)} examples, {took:.0f} s", flush=True)
        network.train()
        batches = list(current.batch(size, random.Random(f"{schooling.seed}/epoch {epoch}")))
        for step, batch in enumerate(batches, start=1):
            progress = (epoch + step / len(batches)) / schooling.epochs
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * _shape_rate(progress)
            loss = _loss(network, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
            if step % 200 == 0:
                recent, took = np.mean(losses[-200:]), time.monotonic() - started
                print(f"  {step} batches, loss {recent:.3f}, {took:.0f} s", flush=True)
        took = time.monotonic() - started
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {took:.0f} s", flush=True)
        for name, examples in watched.items():
            print(f"  {name}: {_describe(network, examples)}", flush=True)
        state = {name: part.state_dict() for name, part in parts.items()}
        torch.save(state | {"epochs": epoch + 1}, schooling.checkpoint)


def _make_optimizer(network: Practice, schooling: Schooling) -> torch.optim.Optimizer:
    first = 0 if schooling.trains_lower_layers else LOWER_LAYERS
    network.layers[:LOWER_LAYERS].requires_grad_(schooling.trains_lower_layers)
    layers = [p for layer in network.layers[first:] for p in layer.parameters()]
    heads = [
        p
        for name, p in network.named_parameters()
        if not name.startswith(("layers.", "embeddings."))
    ]
    return torch.optim.AdamW(
        [{"params": layers, "peak": schooling.rate}, {"params": heads, "peak": schooling.rate * 5}],
        weight_decay=0.01,
    )


@dataclass(frozen=True)
class Read:
    """An example, and what the lower layers make of it if they are not trained."""

    example: Example
    hidden: torch.Tensor | None = None


class Draw:
    """The examples of one draw, in batches of similar length."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = [Read(example) for example in examples]

    @torch.no_grad()
    def read(self, network: Practice, size: int) -> None:
        """Run the lower layers, once for all epochs of this draw."""
        network.eval()
        done = []
        for batch in self.batch(size, random.Random(0)):
            ids, segments = _padded([one.example for one in batch])
            with torch.autocast("cpu", torch.bfloat16):
                hidden = network.read(ids, segments, padding_mask(ids))
            for row, one in zip(hidden, batch, strict=True):
                done.append(Read(one.example, row[: len(one.example.packed.ids)].half().clone()))
        self.examples = done

    def batch(self, size: int, chance: random.Random) -> Iterator[Sequence[Read]]:
        """Batch examples of similar length, in random order."""
        ordered = sorted(
            self.examples, key=lambda one: len(one.example.packed.ids) + chance.random() * 20
        )
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        chance.shuffle(batches)
        yield from batches


def _shape_rate(progress: float) -> float:
    """Give the share of the peak rate: up in the first tenth, then down along a cosine."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2


def _padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad token ids and segments to one length, (batch, tokens)."""
    longest = max(len(example.packed.ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    segments = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example.packed.ids)] = torch.tensor(example.packed.ids)
        segments[row, : len(example.packed.segments)] = torch.tensor(example.packed.segments)
    return ids, segments


def _restore(parts: dict[str, Any], checkpoint: Path) -> int:
    """Restore the state of the last whole epoch, and return how many epochs are done."""
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epochs"])


def _loss(network: Practice, lessons: Sequence[Read]) -> torch.Tensor:
    batch = [one.example for one in lessons]
    ids, segments = _padded(batch)
    known = [one.hidden for one in lessons if one.hidden is not None]
    with torch.autocast("cpu", torch.bfloat16):
        if known:
            hidden = torch.nn.utils.rnn.pad_sequence(known, batch_first=True).float()
            outputs = network.judge(hidden, ids, segments, padding_mask(ids))
        else:
            outputs = network(ids, segments, padding_mask(ids))
    verdict, status, query, key = (output.float() for output in outputs)
    loss = verdict.sum() * 0
    labelled = [row for row, example in enumerate(batch) if example.verdict != UNKNOWN]
    if labelled:
        shares = torch.stack([_share_verdict(batch[row]) for row in labelled])
        loss = loss + functional.cross_entropy(verdict[labelled], shares, label_smoothing=0.03)
    at_markers = torch.cat([status[row, e.packed.markers] for row, e in enumerate(batch)])
    targets = torch.tensor([s for example in batch for s in example.statuses])
    if (targets != UNKNOWN).any():
        loss = loss + 0.8 * functional.cross_entropy(at_markers, targets, weight=STATUS_WEIGHTS)
    matches, shown = [], []
    for row, example in enumerate(batch):
        start = example.packed.answer_start
        tokens = slice(start, start + len(example.packed.offsets))
        for place, marked in enumerate(example.evidence):
            if any(marked):
                matches.append(key[row, tokens] @ query[row, example.packed.markers[place]])
                shown.append(torch.tensor(marked))
    if matches:
        logits, wanted = torch.cat(matches), torch.cat(shown)
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(logits, wanted)
    return loss


def _share_verdict(example: Example) -> torch.Tensor:
    """Give its verdict 1, or a part to other defensible ones, (4)."""
    shares = torch.zeros(len(VERDICTS))
    for verdict in example.also:
        shares[verdict] = SECOND / len(example.also)
    shares[example.verdict] = 1 - SECOND if example.also else 1.0
    return shares


@torch.no_grad()
def _describe(network: Practice, watched: Sequence[Example]) -> str:
    """Say how many verdicts are right, how many defensible, and how many statuses right."""
    network.eval()
    found: dict[str, list[bool]] = {"right": [], "defensible": [], "statuses": []}
    for example in watched:
        verdict, status, *_ = network(*_padded([example]))
        if example.verdict != UNKNOWN:
            chosen = int(verdict.argmax())
            found["right"].append(chosen == example.verdict)
            found["defensible"].append(chosen in {example.verdict, *example.also})
        chosen_statuses = status[0, example.packed.markers].argmax(-1).tolist()
        pairs = zip(chosen_statuses, example.statuses, strict=True)
        found["statuses"] += [one == other for one, other in pairs if other != UNKNOWN]
    return ", ".join(f"{name} {np.mean(hits):.3f}" for name, hits in found.items() if hits)
