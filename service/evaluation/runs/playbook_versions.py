"""Two versions of a playbook, and the golden cases whose question they word differently."""

from dataclasses import dataclass
from pathlib import Path

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, ChosenSplit
from service.evaluation.cases.golden import (
    Selection,
    read_golden_folder,
    select_cases,
    split_question_id,
)
from service.evaluation.runs.plan import RunPlan, plan_answers
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbook, load_playbooks

__all__ = [
    "PlaybookVersion",
    "RewordedCases",
    "plan_version",
    "read_version",
    "select_reworded",
]


@dataclass(frozen=True)
class PlaybookVersion:
    """The playbooks of one version; `name` is the path they were read from."""

    name: str
    catalogue: Catalogue


@dataclass(frozen=True)
class RewordedCases:
    """The golden cases whose question both versions have and word differently."""

    selection: Selection
    cases: tuple[Case, ...]

    @property
    def questions(self) -> list[str]:
        """The ids of the reworded questions, in the order of their playbooks."""
        return sorted(self.selection.only, key=split_question_id)


def read_version(path: Path) -> PlaybookVersion:
    """Read a playbook file, or every playbook of a folder; PlaybookError if it can't be used."""
    playbooks = load_playbooks(path) if path.is_dir() else [load_playbook(path)]
    return PlaybookVersion(str(path), Catalogue(playbooks))


def select_reworded(
    golden: Path, split: ChosenSplit, old: PlaybookVersion, new: PlaybookVersion
) -> RewordedCases:
    """Select the cases of a golden split that ask a reworded question.

    Raises ConfigurationError if there is none, CaseError if a golden file can't be used.
    """
    asked = _find_reworded(old.catalogue, new.catalogue)
    every = select_cases(read_golden_folder(golden), Selection(split=split))
    cases = tuple(case for case in every if case.question_id in asked)
    if not cases:
        raise ConfigurationError(
            f"{old.name} and {new.name}: no golden case asks a question that both have and word "
            "differently"
        )
    return RewordedCases(Selection(split=split, only=tuple(sorted(asked))), cases)


def plan_version(reworded: RewordedCases, version: PlaybookVersion) -> RunPlan:
    """Plan to grade the cases under one version; CaseError if a case can't be graded."""
    answers = plan_answers(reworded.cases, version.catalogue, reworded.selection)
    return RunPlan(reworded.selection, reworded.cases, tuple(answers))


def _find_reworded(before: Catalogue, after: Catalogue) -> set[str]:
    """Find the questions that both versions have and that differ in a word."""
    now = {question.id: question.model_dump_json() for question in after.questions}
    return {
        question.id
        for question in before.questions
        if now.get(question.id, question.model_dump_json()) != question.model_dump_json()
    }
