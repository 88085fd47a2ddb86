"""From a posted answer to the grade that is kept of it."""

from datetime import UTC, datetime

from service.api.schemas import GradeRequest
from service.errors import CannotFollow, LimitExceeded, ProbewiseError, SourceReused
from service.judging.judge import Judge
from service.judging.models import MAX_ANSWER_CHARACTERS, Answer, Grade, Reason, Ungraded
from service.playbooks.catalogue import Catalogue
from service.storage.grades import Grades, StoredGrade

__all__ = ["MAX_FOLLOWED", "AnswerUngraded", "Grading"]

MAX_FOLLOWED = 10


class AnswerUngraded(ProbewiseError):
    """The judge reached no verdict; `retry_after_s` in seconds where a server named it."""

    def __init__(self, reason: Reason, retry_after_s: float | None) -> None:
        self.reason, self.retry_after_s = reason, retry_after_s
        super().__init__(f"no verdict was reached: {reason}")


class Grading:
    """Grades posted answers and keeps every grade; ungraded ones are not kept, so a retry helps."""

    def __init__(self, catalogue: Catalogue, judge: Judge, grades: Grades) -> None:
        self._catalogue = catalogue
        self._judge = judge
        self._grades = grades

    async def grade(self, request: GradeRequest) -> Grade:
        """The grade of this answer; the kept one where its source event was graded before.

        Raises UnknownQuestion, InvalidAnswer, LimitExceeded, UnknownGrade, CannotFollow,
        SourceReused and AnswerUngraded.
        """
        question = self._catalogue.question(request.question_id)
        reply = Answer.of(request.answer)
        if request.source is not None:
            earlier = await self._grades.find_by_source(request.source)
            if earlier is not None:
                return _kept_of(request, earlier)
        answer = await self._in_context(request, reply)
        result = await self._judge.grade(question, answer)
        if isinstance(result, Ungraded):
            raise AnswerUngraded(result.reason, result.retry_after_s)
        return _kept_of(request, await self._grades.save(_record(request, result)))

    async def find(self, grade_id: str) -> Grade:
        """The grade of this id, as it was returned when it was given; UnknownGrade if none is."""
        return Grade.model_validate((await self._grades.find(grade_id)).grade)

    async def _in_context(self, request: GradeRequest, reply: Answer) -> Answer:
        """The reply after the answers it follows and their probes, oldest first."""
        answer = reply
        follows, followed = request.follows, 0
        while follows is not None:
            if followed == MAX_FOLLOWED:
                raise CannotFollow(f"at most {MAX_FOLLOWED} grades can follow one another")
            earlier = await self._grades.find(follows)
            answer = Answer.of(earlier.answer).followed_by(_probe(request, earlier), answer)
            follows, followed = earlier.follows, followed + 1
        if len(answer.text) > MAX_ANSWER_CHARACTERS:
            raise LimitExceeded(
                "answer, together with those it follows,",
                limit=MAX_ANSWER_CHARACTERS,
                actual=len(answer.text),
            )
        return answer


def _probe(request: GradeRequest, earlier: StoredGrade) -> str:
    """What was asked after the earlier answer; CannotFollow where that was not this question."""
    if earlier.question_id != request.question_id:
        raise CannotFollow("that grade is of another question; leave follows out")
    if earlier.engagement_id != request.engagement_id:
        raise CannotFollow("that grade is of another engagement; send the same engagement_id")
    probe = Grade.model_validate(earlier.grade).probe
    if probe is None:
        raise CannotFollow("that grade is good, so no probe was asked; leave follows out")
    return probe


def _record(request: GradeRequest, grade: Grade) -> StoredGrade:
    return StoredGrade(
        id=grade.id,
        question_id=request.question_id,
        answer=request.answer,
        follows=request.follows,
        engagement_id=request.engagement_id,
        source=request.source,
        created_at=datetime.now(UTC),
        grade=grade.model_dump(mode="json"),
    )


def _kept_of(request: GradeRequest, kept: StoredGrade) -> Grade:
    """The kept grade, if it is of what was posted; SourceReused if not."""
    shared = set(GradeRequest.model_fields)
    if kept.model_dump(include=shared) != request.model_dump():
        raise SourceReused("this source event was graded before, with other content")
    return Grade.model_validate(kept.grade)
