"""From a transcript or a page of notes to a grade for every question in it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from service.assignment.models import Assigner
from service.assignment.passages import Moment, Passage, Place, passages, unassigned
from service.judging.judge import Judge
from service.judging.models import Grade, Ungraded
from service.judging.review import Flag, review_reasons
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question
from service.records import Frozen
from service.transcripts.turns import Skipped, Transcript

__all__ = ["Found", "GradedPassage", "Intake", "grade_all"]


class Found(Frozen):
    """The passages of a transcript in the order of the questions, and what is left on both sides.

    `not_found` are the questions that no passage answers, of the playbook that was asked for or
    else of every playbook that a passage is about. `unassigned` are the customer's turns in no
    passage, `skipped` what of the source is in no turn or found no room.
    """

    passages: tuple[Passage, ...]
    not_found: tuple[str, ...]
    unassigned: tuple[Place, ...]
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
        return cls(
            question_id=passage.question_id,
            answer=passage.answer.text,
            moments=passage.moments,
            grade=result if isinstance(result, Grade) else None,
            ungraded=result if isinstance(result, Ungraded) else None,
        )


class Intake:
    """Finds which question each passage answers, and grades every one."""

    def __init__(self, catalogue: Catalogue, judge: Judge, assigner: Assigner) -> None:
        self._catalogue = catalogue
        self._judge = judge
        self._assigner = assigner

    def questions(self, playbook_id: str | None = None) -> tuple[Question, ...]:
        """The questions that are looked for: of one playbook, or of all; UnknownPlaybook."""
        if playbook_id is None:
            return tuple(self._catalogue.questions)
        return self._catalogue.playbook(playbook_id).questions

    async def find(self, transcript: Transcript, playbook_id: str | None = None) -> Found:
        """The passages that answer questions of one playbook, or of any.

        Raises UnknownPlaybook, and JudgeError where the assigner could not read it.
        """
        questions = self.questions(playbook_id)
        assignments = await self._assigner.assign(transcript.turns, questions)
        found, left_out = passages(transcript.turns, assignments)
        return Found(
            passages=found,
            not_found=_not_found(questions, found, only_touched=playbook_id is None),
            unassigned=unassigned(transcript.turns, found),
            skipped=(*transcript.skipped, *left_out),
        )

    async def grade(self, passage: Passage) -> GradedPassage:
        """The passage with its grade, which asks for review where sides are unknown."""
        question = self._catalogue.question(passage.question_id)
        result = await self._judge.grade(question, passage.answer)
        if isinstance(result, Grade) and passage.is_of_unknown_side:
            flags = (*result.flags, Flag.UNKNOWN_SIDE)
            review = review_reasons(flags=flags, before=result.review)
            result = result.model_copy(update={"flags": flags, "review": review})
        return GradedPassage.of(passage, result)


def _not_found(
    questions: Sequence[Question], found: Sequence[Passage], *, only_touched: bool
) -> tuple[str, ...]:
    answered = {passage.question_id for passage in found}
    touched = {question.playbook_id for question in questions if question.id in answered}
    return tuple(
        question.id
        for question in questions
        if question.id not in answered and (not only_touched or question.playbook_id in touched)
    )


async def grade_all(
    found: Sequence[Passage], grade: Callable[[Passage], Awaitable[GradedPassage]]
) -> AsyncGenerator[GradedPassage]:
    """Every passage graded, all at the same time, each given as it is done.

    Close it to stop early: what is not done yet is cancelled then, as it is when one fails.
    """
    tasks = [asyncio.ensure_future(grade(passage)) for passage in found]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        # Waited for, so that no error of a cancelled one reaches the log with what it may quote.
        await asyncio.gather(*tasks, return_exceptions=True)
