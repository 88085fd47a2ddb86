"""Golden sets: a folder of cases, and the part of it that one run grades."""

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, CaseError, read_golden
from service.records import Frozen

__all__ = ["Selection", "by_number", "cases_digest", "check_names", "read_folder", "select"]


class Selection(Frozen):
    """Which cases a run grades, how often, and with how many changed answers of each kind.

    `only` holds question or playbook ids; `sample` cases are drawn by `seed`, evenly over the
    questions; `changes` is how many changes of each kind each case gets, from the suite of digest
    `suite`.
    """

    split: Literal["dev", "test", "all"] = "test"
    only: tuple[str, ...] = ()
    sample: int | None = Field(None, ge=1)
    repeat: int = Field(1, ge=1)
    changes: int = Field(0, ge=0)
    suite: str | None = None
    seed: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the split is left out."""
        return not self.only and self.sample is None


def read_folder(folder: Path) -> list[Case]:
    """Every case of a folder's YAML files, by file name; ConfigurationError where there is none.

    Raises CaseError for a file that can't be used.
    """
    cases = [case for file in sorted(folder.glob("*.yaml")) for case in read_golden(file)]
    if not cases:
        raise ConfigurationError(f"{folder}: no golden cases; name their folder with --golden")
    check_names(cases, folder)
    return cases


def check_names(cases: Sequence[Case], source: Path) -> None:
    """CaseError where two cases have one id."""
    twice = [name for name, times in Counter(case.id for case in cases).items() if times > 1]
    if twice:
        raise CaseError(f"{source}: two cases are called {twice[0]}; rename one")


def select(cases: Sequence[Case], selection: Selection) -> list[Case]:
    """The cases a selection names, in their order.

    ConfigurationError where that is none, or where nothing has a name that it gives.
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
        raise ConfigurationError(f"no golden case{named} in the {selection.split} split")
    if selection.sample is None or selection.sample >= len(chosen):
        return chosen
    return _sampled(chosen, selection.sample, selection.seed)


def cases_digest(cases: Sequence[Case]) -> str:
    """Changes when any answer or label does, whatever the order; 12 hexadecimal digits."""
    content = "\n".join(sorted(case.model_dump_json() for case in cases))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def by_number(name: str) -> tuple[str, int]:
    """Sorts question ids by playbook, then by number."""
    start, _, number = name.rpartition(".")
    return (start, int(number)) if number.isdigit() else (name, 0)


def _is_named(question_id: str, only: Sequence[str]) -> bool:
    return question_id in only or question_id.rpartition(".")[0] in only


def _sampled(cases: Sequence[Case], size: int, seed: int) -> list[Case]:
    """Each question in turn gives one of its cases, until there are enough."""
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
