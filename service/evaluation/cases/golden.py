"""The golden set: a folder of labelled cases, and the part of it that one run grades."""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, CaseError, ChosenSplit, read_golden
from service.records import Frozen

__all__ = [
    "Selection",
    "check_ids",
    "digest_cases",
    "name_some",
    "read_golden_folder",
    "select_cases",
    "split_question_id",
]


class Selection(Frozen):
    """The cases that a run grades, how often, and with how many changed answers of each kind.

    `only` holds question or playbook ids. `sample` is a number of cases, drawn by `seed` evenly
    over the questions. `changes` is the number of changes of each kind for each case, made with the
    suite whose digest is `suite`.
    """

    split: ChosenSplit = "test"
    only: tuple[str, ...] = ()
    sample: int | None = Field(None, ge=1)
    repeat: int = Field(1, ge=1)
    changes: int = Field(0, ge=0)
    suite: str | None = None
    seed: int = 0

    @property
    def is_whole(self) -> bool:
        """True if the whole split is graded."""
        return not self.only and self.sample is None


def read_golden_folder(folder: Path) -> list[Case]:
    """Read every case of a folder's YAML files, in the order of the file names.

    Raises ConfigurationError if there is no case, CaseError for a file that can't be used.
    """
    cases = [case for file in sorted(folder.glob("*.yaml")) for case in read_golden(file)]
    if not cases:
        raise ConfigurationError(f"{folder}: no golden cases; name their folder with --golden")
    check_ids(cases, folder)
    return cases


def check_ids(cases: Sequence[Case], source: Path) -> None:
    """Raise CaseError if two cases have the same id."""
    twice = [name for name, times in Counter(case.id for case in cases).items() if times > 1]
    if twice:
        raise CaseError(f"{source}: two cases are called {twice[0]}; rename one")


def select_cases(cases: Sequence[Case], selection: Selection) -> list[Case]:
    """Return the cases that a selection names, in their order.

    Raises ConfigurationError if there is none, or if a name in `only` is of no case.
    """
    chosen = [
        case
        for case in cases
        if selection.split in {"all", case.split}
        and (not selection.only or _is_named(case.question_id, selection.only))
    ]
    for name in selection.only:
        if not any(_is_named(case.question_id, (name,)) for case in cases):
            raise ConfigurationError(f"no golden case asks {name}; name a question or playbook id")
    if not chosen:
        named = f" of {', '.join(selection.only)}" if selection.only else ""
        splits = Counter(case.split for case in cases)
        there = ", ".join(f"{times} in {split}" for split, times in sorted(splits.items()))
        raise ConfigurationError(
            f"no golden case{named} in the {selection.split} split; there are {there}: "
            "give the cases a split, or use --split all"
        )
    if selection.sample is None or selection.sample >= len(chosen):
        return chosen
    return _draw_sample(chosen, selection.sample, selection.seed)


def digest_cases(cases: Sequence[Case]) -> str:
    """Compute a digest that changes with any answer or label; 12 hexadecimal digits.

    The order of the cases makes no difference.
    """
    content = "\n".join(sorted(case.model_dump_json() for case in cases))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def name_some(names: Sequence[str], most: int = 10) -> str:
    """Name at most so many, and count the rest: `c-1, c-2 and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def split_question_id(name: str) -> tuple[str, int]:
    """Split an id such as `ai-ml.10` into playbook and number, so that ids sort as people expect.

    A name without a number gets 0.
    """
    start, _, number = name.rpartition(".")
    return (start, int(number)) if number.isdigit() else (name, 0)


def _is_named(question_id: str, only: Sequence[str]) -> bool:
    return question_id in only or question_id.rpartition(".")[0] in only


def _draw_sample(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """Take one case of each question in turn, until there are enough."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    waiting: dict[str, list[Case]] = {}
    for case in cases:
        waiting.setdefault(case.question_id, []).append(case)
    for own in waiting.values():
        chance.shuffle(own)
    questions = list(waiting)
    chance.shuffle(questions)
    drawn: set[str] = set()
    while len(drawn) < size:
        for question_id in questions:
            if waiting[question_id] and len(drawn) < size:
                drawn.add(waiting[question_id].pop().id)
    return [case for case in cases if case.id in drawn]
