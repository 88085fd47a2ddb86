"""A run: the cases it grades, the judge it grades them with, and the result of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from service.evaluation.cases.case_result import CaseResult
from service.evaluation.cases.golden import Selection
from service.records import Frozen
from service.settings import JudgeName

__all__ = ["Run", "RunConfig", "RunKey"]


class RunKey(Frozen):
    """Everything that the figures of a run depend on; runs with equal keys repeat each other.

    `question_digests` has the questions that are asked; empty in a run of release 0.1.0.
    """

    judge: JudgeName
    models: tuple[str, ...]
    prompt: str | None = None
    prompt_digest: str | None = None
    verdicts_digest: str
    playbook_digests: dict[str, str]
    question_digests: dict[str, str] = Field(default_factory=dict)
    golden_digest: str
    parameters: dict[str, float | int | str | None] = Field(default_factory=dict)

    @property
    def judge_identity(self) -> str:
        """Everything that a grade depends on, apart from its question and answer."""
        return self.model_dump_json(
            exclude={"playbook_digests", "question_digests", "golden_digest"}
        )

    def list_reworded(self, other: "RunKey") -> list[str]:
        """List the questions of both keys whose wording differs."""
        theirs = other.question_digests
        return [
            name
            for name, digest in self.question_digests.items()
            if theirs.get(name, digest) != digest
        ]

    def list_differences(self, other: "RunKey") -> list[str]:
        """List how another key differs from this one, as `prompt: grade@1 -> grade@2`.

        A reworded question is not listed by itself: its playbook is.
        """
        mine, theirs = _flatten(self), _flatten(other)
        return [
            f"{name}: {mine.get(name, 'none')} -> {theirs.get(name, 'none')}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]


class RunConfig(Frozen):
    """The request for a run; `planned` is how many results it has once it is complete.

    `unread_prompts` has the digests of all prompts, if the judge of this run reads none.
    `accepted_because` is the reason given when a run that fails its gates became the baseline.
    """

    schema_version: Literal[1] = 1
    key: RunKey
    selection: Selection
    planned: int
    started_at: datetime
    code_version: str
    unread_prompts: dict[str, str] = Field(default_factory=dict)
    accepted_because: str | None = None


@dataclass(frozen=True)
class Run:
    """A run with its results; `name` is the name of its folder."""

    name: str
    config: RunConfig
    results: tuple[CaseResult, ...]

    @property
    def unchanged(self) -> tuple[CaseResult, ...]:
        """The results of the cases themselves, without those of changed answers."""
        return tuple(result for result in self.results if result.change is None)

    @property
    def missing(self) -> int:
        """The number of planned results that it does not have."""
        return self.config.planned - len(self.results)

    @property
    def ungraded(self) -> int:
        """The number of results without a grade, those of changed answers included."""
        return sum(result.ungraded is not None for result in self.results)


def _flatten(key: RunKey) -> dict[str, str]:
    """Return every field of a key as text, by the name that `list_differences` gives it."""
    dumped = key.model_dump(mode="json", exclude={"question_digests"})
    nested = {"playbook_digests": "playbook", "parameters": "parameter"}
    flat = {name: str(value) for name, value in dumped.items() if name not in nested}
    for name, label in nested.items():
        flat |= {f"{label} {part}": str(value) for part, value in dumped[name].items()}
    return flat
