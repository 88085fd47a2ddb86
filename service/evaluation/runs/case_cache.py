"""Grades kept between runs, so that what did not change is not paid for again."""

import hashlib
from pathlib import Path

from pydantic import ValidationError

from service.judging.cache import copy_cached_grade
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.models import Question

__all__ = ["Cached"]


class Cached:
    """A judge whose finished grades are files of a folder, found again by content.

    `identity` names everything the grades depend on beside question and answer: judge, models,
    prompt, parameters. Ungraded results and grades of a fallback are never kept.
    """

    def __init__(self, judge: Judge, folder: Path, *, identity: str) -> None:
        self._judge = judge
        self._folder = folder
        self._identity = identity

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; a kept grade has `cached` set and no usage of its own."""
        file = self._file(question, answer)
        kept = _read(file)
        if kept is not None:
            return copy_cached_grade(kept)
        result = await self._judge.grade(question, answer)
        if isinstance(result, Grade) and result.judge.fallback_reason is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".partial")
            fresh.write_text(result.model_dump_json(), "utf-8")
            fresh.replace(file)
        return result

    async def aclose(self) -> None:
        await self._judge.aclose()

    def _file(self, question: Question, answer: Answer) -> Path:
        parts = [self._identity, question.id, question.model_dump_json(), answer.model_dump_json()]
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self._folder / name[:2] / f"{name[2:34]}.json"


def _read(file: Path) -> Grade | None:
    """The grade of a file; a missing or broken one is graded anew."""
    try:
        return Grade.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
