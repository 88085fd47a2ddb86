"""A case with the grade a judge gave it: one line of a run's cases.jsonl.

Lines carry a `schema_version`. Lines of version 1, as release 0.1.0 wrote them, are migrated when
they are read.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, computed_field, model_validator

from service.evaluation.cases.case import Case
from service.judging.models import Evidence, Grade, Provenance, SignalStatus, Ungraded, Verdict
from service.judging.review import Flag, ReviewReason, read_recorded_review
from service.records import Frozen

__all__ = ["CaseResult", "GivenGrade", "GivenSignal", "ResultId", "migrate_given", "migrate_result"]

ResultId: TypeAlias = tuple[str, int, str | None]
_VERSION: Literal[2] = 2


class GivenSignal(Frozen):
    """The status a judge gave a signal, with the quotes that show it."""

    status: SignalStatus
    evidence: tuple[Evidence, ...] = ()


def migrate_given(document: Mapping[str, object]) -> dict[str, object]:
    """Return the grade as version 2 has it, with `review` in place of a bare `needs_review`.

    Version 1 stored no reasons: they follow from the flags, from a stand-in, or else from the
    confidence. In version 2 `needs_review` is written for readers only, and dropped here.
    """
    given = {name: part for name, part in document.items() if name != "needs_review"}
    return {"review": read_recorded_review(document), **given}


def migrate_result(document: Mapping[str, object]) -> dict[str, object]:
    """Return the line without its version; ValueError if a later release wrote it."""
    version = document.get("schema_version", 1)
    if version not in {1, _VERSION}:
        raise ValueError(f"schema version {version!r} is unknown; update Probewise to read it")
    # Version 1 differs in `given` alone, which GivenGrade migrates: it is stored elsewhere too.
    return {name: part for name, part in document.items() if name != "schema_version"}


class GivenGrade(Frozen):
    """The grade that a judge gave a case, without the question's texts and the absent signals."""

    verdict: Verdict
    confidence: float | None
    review: Annotated[
        tuple[ReviewReason, ...],
        Field(description="Why a person should look at this grade; empty if nobody needs to."),
    ] = ()
    flags: tuple[Flag, ...] = ()
    signals: dict[str, GivenSignal]
    rationale: str
    judge: Provenance

    @model_validator(mode="before")
    @classmethod
    def _migrate(cls, document: object) -> object:
        if isinstance(document, Mapping) and "needs_review" in document:
            return migrate_given(document)
        return document

    @computed_field  # type: ignore[prop-decorator]  # pydantic documents it so
    @property
    def needs_review(self) -> bool:
        """True if there is a reason to look at this grade."""
        return bool(self.review)

    @classmethod
    def of(cls, grade: Grade) -> "GivenGrade":
        """Take the parts of a grade that a run stores."""
        return cls(
            verdict=grade.verdict,
            confidence=grade.confidence,
            review=grade.review,
            flags=grade.flags,
            signals={
                signal.id: GivenSignal(status=signal.status, evidence=signal.evidence)
                for signal in grade.signals
                if signal.status is not SignalStatus.ABSENT
            },
            rationale=grade.rationale,
            judge=grade.judge,
        )


class CaseResult(Frozen):
    """A case and the grade it was given, or the reason why it has none.

    `change` names the robustness change that made the case's answer, None for the case itself.
    `wants` is the verdict that the change tries to talk the judge into.
    """

    case: Case
    repeat: int = 0
    change: str | None = None
    wants: Verdict | None = None
    given: GivenGrade | None = None
    ungraded: Ungraded | None = None

    @model_validator(mode="before")
    @classmethod
    def _migrate(cls, document: object) -> object:
        return migrate_result(document) if isinstance(document, Mapping) else document

    # Computed, because lines are written without the fields that have their default value.
    @computed_field  # type: ignore[prop-decorator]  # pydantic documents it so
    @property
    def schema_version(self) -> Literal[2]:
        """The version of the form in which the line is written."""
        return _VERSION

    @property
    def id(self) -> ResultId:
        """The name of the result in its run: case, repeat and change."""
        return self.case.id, self.repeat, self.change

    @property
    def is_right(self) -> bool:
        """True if the case was given the expected verdict; an ungraded case was not."""
        return self.given is not None and self.given.verdict is self.case.verdict
