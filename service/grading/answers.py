"""Grading one answer: find the grade that is stored, judge, review, store; the one road."""

from datetime import UTC, datetime

from service.errors import CannotFollow, SourceReused
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.judging.review import Flag, find_review_reasons
from service.playbooks.catalogue import Catalogue
from service.records import Frozen
from service.storage.grades import GradeRepository, Source, StoredGrade

__all__ = ["MAX_FOLLOWED", "AnswerGrader", "Submission"]

MAX_FOLLOWED = 10


class Submission(Frozen):
    """An answer to grade, and what is known of it.

    `source` is the event it comes from: the same event is graded once. `follows` is the id of the
    grade whose probe it replies to. `is_of_unknown_side`: perhaps not the customer said it.
    """

    question_id: str
    answer: Answer
    engagement_id: str | None = None
    source: Source | None = None
    follows: str | None = None
    is_of_unknown_side: bool = False


class AnswerGrader:
    """Grades answers, and stores every grade; an ungraded one is not stored, so a retry helps.

    Without a repository nothing is looked up or stored.
    """

    def __init__(
        self, catalogue: Catalogue, judge: Judge, grades: GradeRepository | None = None
    ) -> None:
        self._catalogue = catalogue
        self._judge = judge
        self._grades = grades

    async def grade(self, submission: Submission) -> Grade | Ungraded:
        """Grade an answer; return the stored grade if its source event was graded before.

        Raises UnknownQuestion, InvalidAnswer, LimitExceeded, UnknownGrade, CannotFollow and
        SourceReused.
        """
        question = self._catalogue.question(submission.question_id)
        submission.answer.check()
        if self._grades is not None and submission.source is not None:
            stored = await self._grades.find_by_source(submission.source)
            if stored is not None:
                return _grade_of(stored, submission)
        answer = await self._add_context(submission)
        result = await self._judge.grade(question, answer)
        if isinstance(result, Ungraded):
            return result
        grade = _flag_unknown_side(result) if submission.is_of_unknown_side else result
        if self._grades is None:
            return grade
        return _grade_of(await self._grades.save(_record(submission, grade)), submission)

    async def _add_context(self, submission: Submission) -> Answer:
        """Put the answers it follows, and their probes, before the answer; oldest first."""
        answer, follows, followed = submission.answer, submission.follows, 0
        while follows is not None and self._grades is not None:
            if followed == MAX_FOLLOWED:
                raise CannotFollow(f"at most {MAX_FOLLOWED} grades can follow one another")
            earlier = await self._grades.find(follows)
            answer = Answer.of(earlier.answer).followed_by(_probe(submission, earlier), answer)
            follows, followed = earlier.follows, followed + 1
        if followed:
            answer.check("answer, together with those it follows,")
        return answer


def _probe(submission: Submission, earlier: StoredGrade) -> str:
    """Return the probe that was asked after the earlier answer, if that was to this question."""
    if earlier.question_id != submission.question_id:
        raise CannotFollow("that grade is of another question; leave follows out")
    if earlier.engagement_id != submission.engagement_id:
        raise CannotFollow(_explain_engagement(submission, earlier))
    probe = Grade.model_validate(earlier.grade).probe
    if probe is None:
        raise CannotFollow("that grade is good, so no probe was asked; leave follows out")
    return probe


def _explain_engagement(submission: Submission, earlier: StoredGrade) -> str:
    """Say what to change; name no engagement, for the caller may not know that one."""
    if submission.engagement_id is None:
        return (
            "that grade belongs to an engagement, and this request has no engagement_id; send the "
            "engagement_id that was sent with the answer it follows"
        )
    if earlier.engagement_id is None:
        return "that grade belongs to no engagement; leave engagement_id out"
    return (
        "that grade belongs to another engagement; send the engagement_id that was sent with the "
        "answer it follows"
    )


def _flag_unknown_side(grade: Grade) -> Grade:
    flags = (*grade.flags, Flag.UNKNOWN_SIDE)
    review = find_review_reasons(flags=flags, before=grade.review)
    return grade.model_copy(update={"flags": flags, "review": review})


def _record(submission: Submission, grade: Grade) -> StoredGrade:
    return StoredGrade(
        id=grade.id,
        question_id=submission.question_id,
        answer=submission.answer.text,
        follows=submission.follows,
        engagement_id=submission.engagement_id,
        source=submission.source,
        created_at=datetime.now(UTC),
        # What follows from the rest, such as needs_review, is not stored.
        grade=grade.model_dump(mode="json", exclude_computed_fields=True),
    )


def _grade_of(stored: StoredGrade, submission: Submission) -> Grade:
    """Read the stored grade, if it is of what was submitted; raise SourceReused if not."""
    same = (
        stored.question_id == submission.question_id
        and stored.answer == submission.answer.text
        and stored.engagement_id == submission.engagement_id
        and stored.source == submission.source
        and stored.follows == submission.follows
    )
    if not same:
        raise SourceReused("this source event was graded before, with other content")
    return Grade.model_validate(stored.grade)
