"""Labelled cases: an answer, the grade it should get, and why."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.errors import ProbewiseError
from service.judging.models import SignalStatus, Verdict
from service.records import Frozen, first_fault

__all__ = [
    "Case",
    "CaseError",
    "ChosenSplit",
    "HardKind",
    "SignalLabel",
    "Split",
    "Style",
    "read_golden",
    "read_training",
    "write_golden",
]


Split = Literal["dev", "test", "field"]
"""A part of a labelled set: to tune on, to report on, and to report on how people put things."""

ChosenSplit = Literal["dev", "test", "field", "all"]


class CaseError(ProbewiseError):
    """A case file can't be used; names the file, the line or case id, and what to change."""


class Style(StrEnum):
    """The way an answer is worded."""

    SPOKEN = "spoken"
    NOTES = "notes"
    WRITTEN = "written"
    NON_NATIVE = "non_native"
    TERSE = "terse"


class HardKind(StrEnum):
    """The reason why a case is easy to get wrong."""

    KEYWORD_STUFFING = "keyword_stuffing"
    NEGATED_SIGNAL = "negated_signal"
    EQUIVALENT_STACK = "equivalent_stack"
    CONFIDENT_WRONG = "confident_wrong"
    INJECTION = "injection"
    BURIED_CLAUSE = "buried_clause"
    SELF_CORRECTION = "self_correction"
    SHORT_COMPLETE = "short_complete"
    OTHER_QUESTION = "other_question"
    QUOTED_WEAK = "quoted_weak"
    RECOGNITION_ERRORS = "recognition_errors"
    PLAN = "plan"
    DEFERRAL = "deferral"


class SignalLabel(Frozen):
    """The status that a signal should get, with verbatim quotes; signals left out are absent."""

    status: SignalStatus
    quotes: tuple[str, ...] = ()


class Case(Frozen):
    """One labelled answer.

    `also_defensible` are other verdicts that a careful reader could give. `style` is None if nobody
    said how the answer is worded.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    question_id: str
    answer: Annotated[str, Field(min_length=1)]
    verdict: Verdict
    also_defensible: tuple[Verdict, ...] = ()
    signals: dict[str, SignalLabel] = Field(default_factory=dict)
    style: Style | None = None
    hard_kind: HardKind | None = None
    split: Literal["dev", "test", "field", "train"] = "train"
    why: str

    def find_faults(self, signal_ids: Iterable[str]) -> Iterator[str]:
        """List what contradicts itself, such as unknown signals and quotes not in the answer."""
        known = set(signal_ids)
        for signal_id, label in self.signals.items():
            if signal_id not in known:
                yield f"{signal_id} is no signal of {self.question_id}"
            if (label.status is SignalStatus.ABSENT) is bool(label.quotes):
                yield f"{signal_id} is {label.status} with {len(label.quotes)} quotes"
            yield from (f"not in the answer: {q!r}" for q in label.quotes if q not in self.answer)
        shown = {i for i, label in self.signals.items() if label.status is SignalStatus.SHOWN}
        good_shown = any(i.startswith("good") for i in shown)
        weak_shown = any(i.startswith("weak") for i in shown)
        if self.verdict is Verdict.GOOD and (weak_shown or not good_shown):
            yield "good needs a shown good signal and no shown weak one"
        if self.verdict is Verdict.UNANSWERED and shown:
            yield "unanswered can't have a shown signal"


def read_training(file: Path) -> list[Case]:
    """Read cases from a file of JSON lines; CaseError names the line."""
    cases = []
    for number, line in enumerate(_read_text(file).split("\n"), 1):
        if line.strip():
            try:
                cases.append(Case.model_validate_json(line))
            except ValidationError as error:
                raise CaseError(f"{file}:{number}: {first_fault(error)}") from error
    return cases


def read_golden(file: Path) -> list[Case]:
    """Read cases from a YAML list; CaseError names the case by its id or its number."""
    try:
        records = YAML(typ="safe").load(_read_text(file))
    except YAMLError as error:
        raise CaseError(f"{file}: not YAML: {error}") from error
    if not isinstance(records, list):
        raise CaseError(f"{file}: a golden file is a list of cases")
    cases = []
    for number, record in enumerate(records, 1):
        try:
            cases.append(Case.model_validate(record))
        except ValidationError as error:
            name = record.get("id", number) if isinstance(record, dict) else number
            raise CaseError(f"{file}: case {name}: {first_fault(error)}") from error
    return cases


def write_golden(cases: Sequence[Case], file: Path) -> None:
    """Write cases to a YAML file, which `read_golden` reads back unchanged."""
    yaml = YAML()
    yaml.width, yaml.allow_unicode = 4096, True
    records = [case.model_dump(mode="json", exclude_defaults=True) for case in cases]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as stream:
        yaml.dump(records, stream)


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{file}: can't be read: {error}") from error
