"""Labelled sources: notes and transcripts with the lines that answer each question."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.errors import ConfigurationError
from service.evaluation.cases.case import CaseError, ChosenSplit, Split
from service.judging.models import Verdict
from service.records import Frozen, first_fault

__all__ = ["GoldAnswer", "GoldSource", "LabelledSource", "digest_sources", "read_sources"]


class GoldAnswer(Frozen):
    """A question that is answered, the lines that answer it, and the verdict on all of them."""

    question_id: str
    lines: Annotated[
        tuple[Annotated[int, Field(ge=1)], ...],
        Field(min_length=1, description="Lines of the source, counted from 1."),
    ]
    verdict: Verdict
    why: str


class GoldSource(Frozen):
    """The labels of a page of notes or a transcript; questions left out are not answered."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    kind: Literal["notes", "transcript"]
    split: Split
    about: str
    playbook: Annotated[str | None, Field(description="Null for questions of any playbook.")]
    customer: Annotated[
        tuple[str, ...],
        Field(description="Who speaks for the customer, if the source does not say so."),
    ] = ()
    answers: tuple[GoldAnswer, ...]

    @model_validator(mode="after")
    def _check_questions(self) -> "GoldSource":
        counts = Counter(answer.question_id for answer in self.answers)
        if twice := [name for name, times in counts.items() if times > 1]:
            raise ValueError(f"{twice[0]} is answered twice; join the lines")
        return self


class LabelledSource(Frozen):
    """The labels of a source, and the file that has its text."""

    gold: GoldSource
    file: Path


def read_sources(folder: Path, split: ChosenSplit = "all") -> list[LabelledSource]:
    """Read the sources of a split, by name: the labels in `<id>.yaml`, the text in `<id>.<suffix>`.

    Raises CaseError for a file that can't be used, ConfigurationError if there is no source.
    """
    every = [_read_source(file) for file in sorted(folder.glob("*.yaml"))]
    chosen = [source for source in every if split in {"all", source.gold.split}]
    if not chosen:
        raise ConfigurationError(f"{folder}: no source of the {split} split; name their folder")
    return chosen


def digest_sources(sources: Sequence[LabelledSource]) -> str:
    """Compute a digest that changes with any label or word; 12 hexadecimal digits."""
    whole = hashlib.sha256()
    for source in sources:
        whole.update(source.gold.model_dump_json().encode())
        whole.update(hashlib.sha256(source.file.read_bytes()).digest())
    return whole.hexdigest()[:12]


def _read_source(file: Path) -> LabelledSource:
    try:
        record = YAML(typ="safe").load(file.read_text("utf-8"))
        gold = GoldSource.model_validate(record)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise CaseError(f"{file}: can't be read: {error}") from error
    except ValidationError as error:
        raise CaseError(f"{file}: {first_fault(error)}") from error
    texts = [other for other in file.parent.glob(f"{file.stem}.*") if other != file]
    if gold.id != file.stem or len(texts) != 1:
        raise CaseError(f"{file}: its id must be {file.stem}, and one file of that name its words")
    return LabelledSource(gold=gold, file=texts[0])
