"""Grades of passages, each given once and kept."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from service.assignment.passages import Passage
from service.grading.passage_grader import GradedPassage, Intake
from service.judging.models import Grade
from service.records import Frozen
from service.storage.grades import Grades, Identifier, Source, StoredGrade
from service.transcripts.turns import Transcript

__all__ = ["Keeper", "Origin"]


class Origin(Frozen):
    """Where a passage comes from: a call of a tool, and the engagement its grades belong to."""

    tool: Identifier
    call_id: Identifier
    engagement_id: Identifier | None = None

    @classmethod
    def of_words(
        cls, transcript: Transcript, tool: str, engagement_id: str | None = None
    ) -> "Origin":
        """For a source that no tool names: the same words are the same call."""
        words = (turn.text for turn in transcript.turns)
        return cls(tool=tool, call_id=_digest(words), engagement_id=engagement_id)


class Keeper:
    """Grades passages and keeps the grades; ungraded ones are not kept, so a retry helps."""

    def __init__(self, intake: Intake, grades: Grades) -> None:
        self._intake = intake
        self._grades = grades

    async def grade(self, passage: Passage, origin: Origin) -> GradedPassage:
        """The passage with its grade; the kept one where the call had these very words before.

        Told who spoke, or sent for another engagement, the same words are graded anew.
        """
        source = _source(passage, origin)
        kept = await self._grades.find_by_source(source)
        if kept is None:
            graded = await self._intake.grade(passage)
            if graded.grade is None:
                return graded
            kept = await self._grades.save(_record(passage, origin, source, graded.grade))
        return GradedPassage.of(passage, Grade.model_validate(kept.grade))


def _source(passage: Passage, origin: Origin) -> Source:
    """The same for all that a kept grade depends on, and for nothing else."""
    of_whom = "unknown" if passage.is_of_unknown_side else "customer"
    said = passage.answer.model_dump_json()
    parts = (passage.question_id, origin.engagement_id or "", of_whom, said)
    return Source(tool=origin.tool, call_id=origin.call_id, event_id=_digest(parts))


def _digest(texts: Iterable[str]) -> str:
    whole = "\n".join(texts)  # none of them holds a line break
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _record(passage: Passage, origin: Origin, source: Source, grade: Grade) -> StoredGrade:
    return StoredGrade(
        id=grade.id,
        question_id=passage.question_id,
        answer=passage.answer.text,
        engagement_id=origin.engagement_id,
        source=source,
        created_at=datetime.now(UTC),
        grade=grade.model_dump(mode="json"),
    )
