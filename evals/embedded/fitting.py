"""Fit the upper layers to drawn examples; the lower layers do not change."""

import random
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch.nn import functional

from evals.embedded.examples import Example
from evals.embedded.network import Lower, Upper, padding_mask

__all__ = ["Drawn", "drawn", "fit"]

STATUS_WEIGHTS = torch.tensor([0.6, 1.0, 1.6, 1.6])

Drawn = tuple[Example, torch.Tensor]
Item = TypeVar("Item")


@torch.no_grad()
def drawn(
    lower: Lower, examples: Iterable[Example], size: int, chance: random.Random
) -> list[Drawn]:
    """Run the lower layers on the examples, once for all epochs."""
    with_hidden = []
    for batch in _batches(list(examples), size, chance, lambda example: example):
        ids, segments = _padded(batch)
        hidden = lower.hidden(ids, segments, padding_mask(ids))
        for row, example in zip(hidden, batch, strict=True):
            with_hidden.append((example, row[: len(example.packed.ids)].half()))
    return with_hidden


def fit(
    upper: Upper,
    draws: Sequence[Sequence[Drawn]],
    watched: Sequence[Drawn],
    kept: Path,
    arguments: Namespace,
) -> None:
    """Train for `--epochs`, each on the next draw; print the accuracy on `watched` after each.

    The last whole epoch's state is stored in the file `kept`; `--resume` goes on from it.
    """
    layers = list(upper.layers.parameters())
    heads = [p for n, p in upper.named_parameters() if not n.startswith("layers.")]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": arguments.rate}, {"params": heads, "lr": arguments.rate * 5}],
        weight_decay=0.01,
    )
    steps = sum(-(-len(draws[n % len(draws)]) // arguments.batch) for n in range(arguments.epochs))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [g["lr"] for g in optimizer.param_groups], total_steps=steps, pct_start=0.1
    )
    parts = {"upper": upper, "optimizer": optimizer, "schedule": schedule}
    done = _restore(parts, kept) if arguments.resume else 0
    for epoch in range(done, arguments.epochs):
        upper.train()
        started, losses = time.monotonic(), []
        chance = random.Random(f"{arguments.seed}/epoch {epoch}")
        for batch in _batches(draws[epoch % len(draws)], arguments.batch, chance, itemgetter(0)):
            loss = _loss(upper, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(upper.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, dev accuracy "
            f"{_accuracy(upper, watched):.3f}, {time.monotonic() - started:.0f} s",
            flush=True,
        )
        torch.save({n: p.state_dict() for n, p in parts.items()} | {"epochs": epoch + 1}, kept)


def _padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad token ids and segments to one length, (batch, tokens)."""
    longest = max(len(example.packed.ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    segments = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example.packed.ids)] = torch.tensor(example.packed.ids)
        segments[row, : len(example.packed.segments)] = torch.tensor(example.packed.segments)
    return ids, segments


def _restore(parts: dict[str, Any], kept: Path) -> int:
    """Restore the state of the last whole epoch, and return how many epochs are done."""
    if not kept.exists():
        return 0
    state = torch.load(kept)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epochs"])


def _batches(
    items: Sequence[Item], size: int, chance: random.Random, example: Callable[[Item], Example]
) -> Iterator[Sequence[Item]]:
    """Batch examples of similar length, in random order."""
    ordered = sorted(items, key=lambda i: len(example(i).packed.ids) + chance.random() * 20)
    batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    chance.shuffle(batches)
    yield from batches


def _loss(upper: Upper, batch: Sequence[Drawn]) -> torch.Tensor:
    examples = [example for example, _ in batch]
    hidden = torch.nn.utils.rnn.pad_sequence([h for _, h in batch], batch_first=True).float()
    ids, segments = _padded(examples)
    verdict, status, query, key = upper(hidden, ids, segments, padding_mask(ids))
    verdicts = torch.tensor([example.verdict for example in examples])
    loss = functional.cross_entropy(verdict, verdicts, label_smoothing=0.05)
    at_markers = torch.cat([status[row, e.packed.markers] for row, e in enumerate(examples)])
    targets = torch.tensor([s for example in examples for s in example.statuses])
    loss = loss + 0.8 * functional.cross_entropy(at_markers, targets, weight=STATUS_WEIGHTS)
    matches, shown = [], []
    for row, example in enumerate(examples):
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


@torch.no_grad()
def _accuracy(upper: Upper, watched: Sequence[Drawn]) -> float:
    upper.eval()
    right = 0
    for example, hidden in watched:
        verdict, *_ = upper(hidden[None].float(), *_padded([example]))
        right += int(verdict.argmax()) == example.verdict
    return right / len(watched)
