"""The cases to learn from, and those kept back to calibrate on; they share no question or source.

Answers by one hand are easy for a model that learnt from the same hand. So what is kept back is of
six kinds, and of each only what training has not met: golden dev answers, whole blocks of other
hands (notes, documents, and answers on the border of two verdicts), people's passages from other
repositories, and questions of other domains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.embedded.people import draw_share, read_passages
from service.evaluation.cases.case import Case, read_training
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import BUILT_IN as PLAYBOOKS
from service.playbooks.files import load_playbooks

__all__ = ["EXAMINATIONS", "Lessons", "examination_cases", "practice_catalogue", "read_lessons"]

EVALS = Path(__file__).parent.parent
TRAINING, GOLDEN, EXAMINATIONS = EVALS / "training", EVALS / "golden", EVALS / "examinations"
OTHER_DOMAINS = TRAINING / "other-domains"

_LEFT_OUT = "long-"  # ids of cases with which nothing got better; they cost a tenth of the time
_KINDS = {"documents": "documents", "forum": "documents", "border": "border"}  # by file
_FIRST_HANDS = "other-domains.jsonl"
_KEPT_HANDS = 0.15  # shares kept back: of blocks, each one writer's answers to one question
_KEPT_PASSAGES = 0.35  # of repositories
_KEPT_QUESTIONS = 0.15  # of the questions of other domains


@dataclass(frozen=True)
class Lessons:
    """`taught` to learn from, `kept` to calibrate on, by the name of its kind."""

    taught: list[Case]
    kept: dict[str, list[Case]]


def read_lessons(corpora: Path | None, held_out: tuple[str, ...] = ()) -> Lessons:
    """Read all cases, without the questions whose ids begin as `held_out` says."""
    dev = select_cases(read_golden_folder(GOLDEN), Selection(split="dev"))
    taught: list[Case] = []
    kept: dict[str, list[Case]] = {
        "golden dev": dev,
        "notes": [],
        "documents": [],
        "border": [],
        "people": [],
        "never met": [],
    }
    shipped = {playbook.id for playbook in load_playbooks(PLAYBOOKS)}
    for block, case in _written():
        if case.question_id.rpartition(".")[0] not in shipped:
            if not draw_share(case.question_id, _KEPT_QUESTIONS):
                taught.append(case)
            elif not block.startswith(_FIRST_HANDS):  # those the first network has met
                kept["never met"].append(case)
        else:
            is_kept = "other-hands" in block and draw_share(block, _KEPT_HANDS)
            kind = _KINDS.get(Path(block).parts[1].removesuffix(".jsonl"), "notes")
            (kept[kind] if is_kept else taught).append(case)
    files = sorted((TRAINING / "people").glob("*.jsonl"))
    files += [corpora / "practice" / "dev.jsonl"] if corpora else []
    for file in files:
        for repository, case in read_passages(file):
            (kept["people"] if draw_share(repository, _KEPT_PASSAGES) else taught).append(case)
    return Lessons(
        taught=[case for case in taught if not case.question_id.startswith(held_out)],
        kept={
            kind: [case for case in cases if not case.question_id.startswith(held_out)]
            for kind, cases in kept.items()
        },
    )


def examination_cases() -> list[Case]:
    """Read answers to questions that ask for knowledge."""
    return read_training(EXAMINATIONS / "cases.jsonl")


@cache
def practice_catalogue() -> Catalogue:
    """Load the shipped playbooks and those of other domains."""
    folders = (PLAYBOOKS, OTHER_DOMAINS)
    return Catalogue([playbook for folder in folders for playbook in load_playbooks(folder)])


def _written() -> Iterator[tuple[str, Case]]:
    """Yield each training case, with the name of its block: file and question."""
    for file in sorted([*TRAINING.glob("*.jsonl"), *TRAINING.glob("other-hands/*.jsonl")]):
        name = file.relative_to(TRAINING)
        yield from (
            (f"{name}/{case.question_id}", case)
            for case in read_training(file)
            if not case.id.startswith(_LEFT_OUT)
        )
