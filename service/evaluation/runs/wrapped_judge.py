"""The judge of a run: no faster than its endpoint allows, and no grade paid for twice."""

import hashlib
import math
from pathlib import Path

from pydantic import ValidationError
from pyrate_limiter import Limiter, Rate

from service.judging.cache import copy_cached_grade
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.models import Question

__all__ = ["CachedJudge", "PacedJudge", "make_rate"]


def make_rate(per_minute: int) -> Rate:
    """Make a rate that any minute keeps, with a burst of what six seconds may have.

    A strict interval between two answers would make a short run wait though its minute is empty.
    """
    burst = max(1, per_minute // 10)
    return Rate(burst, math.ceil(burst * 60_000 / per_minute))


class PacedJudge:
    """A judge that starts at most `per_minute` grades in any minute, in short bursts."""

    def __init__(self, judge: Judge, *, per_minute: int) -> None:
        self._judge = judge
        self._limiter = Limiter(make_rate(per_minute), buffer_ms=1)

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """Wait for this grade's turn, then grade."""
        await self._limiter.try_acquire_async("grade")
        return await self._judge.grade(question, answer)

    async def aclose(self) -> None:
        """Stop the limiter, which has a thread of its own, and close the judge."""
        self._limiter.close()
        await self._judge.aclose()


class CachedJudge:
    """A judge whose grades are stored as files of a folder, and found again by their content.

    `identity` names everything that the grades depend on apart from question and answer: judge,
    models, prompt, parameters. Ungraded results and grades of a stand-in are never stored.
    """

    def __init__(self, judge: Judge, folder: Path, *, identity: str) -> None:
        self._judge = judge
        self._folder = folder
        self._identity = identity

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """Return the stored grade, marked `cached` and without usage, or else grade and store."""
        file = self._find_file(question, answer)
        stored = _read_grade(file)
        if stored is not None:
            return copy_cached_grade(stored)
        result = await self._judge.grade(question, answer)
        if isinstance(result, Grade) and result.judge.fallback_reason is None:
            file.parent.mkdir(parents=True, exist_ok=True)
            fresh = file.with_suffix(".partial")
            fresh.write_text(result.model_dump_json(), "utf-8")
            fresh.replace(file)
        return result

    async def aclose(self) -> None:
        """Close the judge."""
        await self._judge.aclose()

    def _find_file(self, question: Question, answer: Answer) -> Path:
        parts = [self._identity, question.id, question.model_dump_json(), answer.model_dump_json()]
        name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        return self._folder / name[:2] / f"{name[2:34]}.json"


def _read_grade(file: Path) -> Grade | None:
    """Read a stored grade; None for a missing or broken file, which is then replaced."""
    try:
        return Grade.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
