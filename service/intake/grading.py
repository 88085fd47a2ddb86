"""From a transcript or a page of notes to a grade for every question in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from service.frozen import Frozen
from service.intake.assignment import Assigner
from service.intake.passages import Moment, Passage, passages
from service.intake.turns import Skipped, Transcript
from service.judging.judge import Judge
from service.judging.models import Flag, Grade, Ungraded
from service.playbooks.catalogue import Catalogue

__all__ = ["Found", "GradedPassage", "Intake", "grade_all"]


class Found(Frozen):
    """The passages of a transcript in the order of the questions, and what of it is in none."""

    passages: tuple[Passage, ...]
    skipped: tuple[Skipped, ...]


class GradedPassage(Frozen):
    """What became of one passage: a grade, or the reason why there is none.

    `answer` is the text that was graded; the offsets of evidence and moments count its characters.
    """

    question_id: str
    answer: str
    moments: tuple[Moment, ...]
    grade: Grade | None = None
    ungraded: Ungraded | None = None

    @classmethod
    def of(cls, passage: Passage, result: Grade | Ungraded) -> "GradedPassage":
        is_grade = isinstance(result, Grade)
        return cls(
            question_id=passage.question_id,
            answer=passage.answer.text,
            moments=passage.moments,
            grade=result if is_grade else None,
            ungraded=None if is_grade else result,
        )


class Intake:
    """Finds which question each passage answers, and grades every one."""

    def __init__(self, catalogue: Catalogue, judge: Judge, assigner: Assigner) -> None:
        self._catalogue = catalogue
        self._judge = judge
        self._assigner = assigner

    async def find(self, transcript: Transcript, playbook_id: str | None = None) -> Found:
        """The passages that answer questions of one playbook, or of any.

        Raises UnknownPlaybook, and JudgeError where the assigner could not read it.
        """
        catalogue = self._catalogue
        questions = (
            catalogue.questions
            if playbook_id is None
            else catalogue.playbook(playbook_id).questions
        )
        assignments = await self._assigner.assign(transcript.turns, questions)
        found, left_out = passages(transcript.turns, assignments)
        return Found(passages=found, skipped=(*transcript.skipped, *left_out))

    async def grade(self, passage: Passage) -> GradedPassage:
        """The passage with its grade, which asks for review where sides are unknown."""
        question = self._catalogue.question(passage.question_id)
        result = await self._judge.grade(question, passage.answer)
        if isinstance(result, Grade) and passage.is_of_unknown_side:
            flags = (*result.flags, Flag.UNKNOWN_SIDE)
            result = result.model_copy(update={"flags": flags, "needs_review": True})
        return GradedPassage.of(passage, result)


async def grade_all(
    found: Sequence[Passage], grade: Callable[[Passage], Awaitable[GradedPassage]]
) -> AsyncIterator[GradedPassage]:
    """Every passage graded, all at the same time, each given as it is done."""
    tasks = [asyncio.ensure_future(grade(passage)) for passage in found]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
