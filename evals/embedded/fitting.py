"""Fit the judge of practice to drawn examples."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from evals.embedded.examples import UNKNOWN, Example
from evals.embedded.network import Practice, padding_mask
from service.judging.embedded.scorer import VERDICTS

__all__ = ["Schooling", "fit"]

SECOND = 0.3  # the share of the other verdicts that a reader could defend
STATUS_WEIGHTS = torch.tensor([0.6, 1.0, 1.6, 1.6])


@dataclass(frozen=True)
class Schooling:
    """How long and how fast to learn; `rate` is the peak learning rate of the layers.

    `checkpoint` is the file of the state after the last whole epoch; `is_resumed` goes on from it.
    """

    epochs: int
    rate: float
    checkpoint: Path
    batch: int = 16
    seed: int = 7
    is_resumed: bool = False


def fit(
    network: Practice,
    draws: Sequence[Sequence[Example]],
    watched: Mapping[str, Sequence[Example]],
    schooling: Schooling,
) -> None:
    """Train, each epoch on the next draw; print how much of `watched` is right after each.

    Products are of bfloat16, which takes less time on processors that know it.
    """
    layers = list(network.layers.parameters())
    heads = [
        p
        for name, p in network.named_parameters()
        if not name.startswith(("layers.", "embeddings."))
    ]
    rate, size = schooling.rate, schooling.batch
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": rate}, {"params": heads, "lr": rate * 5}], weight_decay=0.01
    )
    steps = sum(-(-len(draws[n % len(draws)]) // size) for n in range(schooling.epochs))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [g["lr"] for g in optimizer.param_groups], total_steps=steps, pct_start=0.1
    )
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    done = _restore(parts, schooling.checkpoint) if schooling.is_resumed else 0
    for epoch in range(done, schooling.epochs):
        network.train()
        started, losses = time.monotonic(), []
        chance = random.Random(f"{schooling.seed}/epoch {epoch}")
        for step, batch in enumerate(_batches(draws[epoch % len(draws)], size, chance), start=1):
            loss = _loss(network, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            if step % 200 == 0:
                took = time.monotonic() - started
                print(
                    f"  {step} batches, loss {np.mean(losses[-200:]):.3f}, {took:.0f} s", flush=True
                )
        took = time.monotonic() - started
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {took:.0f} s", flush=True)
        for name, examples in watched.items():
            print(f"  {name}: {_describe(network, examples)}", flush=True)
        state = {name: part.state_dict() for name, part in parts.items()}
        torch.save(state | {"epochs": epoch + 1}, schooling.checkpoint)


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


def _batches(
    examples: Sequence[Example], size: int, chance: random.Random
) -> Iterator[Sequence[Example]]:
    """Batch examples of similar length, in random order."""
    ordered = sorted(examples, key=lambda e: len(e.packed.ids) + chance.random() * 20)
    batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    chance.shuffle(batches)
    yield from batches


def _loss(network: Practice, batch: Sequence[Example]) -> torch.Tensor:
    ids, segments = _padded(batch)
    with torch.autocast("cpu", torch.bfloat16):
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
