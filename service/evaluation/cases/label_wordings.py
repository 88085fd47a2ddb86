"""The wording of question and signals that each label was read with.

A label says which signals an answer shows. If a signal is reworded later, the labels that depend on
it have to be read again; until then no figure tells what the new wording does. `wordings.json`
beside the golden cases holds a digest of each wording.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["Reworded", "confirm_wordings", "find_reworded"]

_FILE = "wordings.json"
_QUESTION = "question"
_Wordings = dict[str, dict[str, str]]


class Reworded(Frozen):
    """A question whose labels are to be read again.

    `parts` are `question` and the ids of the signals that are new, changed or gone; `cases` are the
    ids of those labelled before.
    """

    question_id: str
    parts: tuple[str, ...]
    cases: tuple[str, ...]


def find_reworded(
    folder: Path, cases: Sequence[Case], questions: Iterable[Question]
) -> tuple[Reworded, ...]:
    """Find the questions that are worded otherwise than when their cases were labelled.

    Questions without a stored wording are left out. ConfigurationError for a file that can't be
    read.
    """
    stored = _read(folder)
    found = []
    for question in questions:
        before, now = stored.get(question.id), _digest_parts(question)
        if before is None or before == now:
            continue
        parts = tuple(n for n in {**now, **before} if before.get(n) != now.get(n))
        asking = tuple(case.id for case in cases if case.question_id == question.id)
        if asking:
            found.append(Reworded(question_id=question.id, parts=parts, cases=asking))
    return tuple(found)


def confirm_wordings(folder: Path, questions: Iterable[Question]) -> None:
    """Store the present wording of these questions: their labels have been read with it."""
    stored = _read(folder) | {question.id: _digest_parts(question) for question in questions}
    text = json.dumps(dict(sorted(stored.items())), indent=1)
    (folder / _FILE).write_text(f"{text}\n", "utf-8")


def _read(folder: Path) -> _Wordings:
    file = folder / _FILE
    if not file.exists():
        return {}
    try:
        return TypeAdapter(_Wordings).validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{file}: no wordings of labels: {error}") from error


def _digest_parts(question: Question) -> Mapping[str, str]:
    texts = {_QUESTION: question.text} | {signal.id: signal.text for signal in question.signals}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, text in texts.items()}
