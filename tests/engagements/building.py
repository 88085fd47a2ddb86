"""Attempts on the fake playbooks, and the engagements they make."""

from datetime import UTC, datetime, timedelta

from service.engagements.coverage import cover
from service.engagements.models import Attempt, Engagement, QuestionCoverage
from service.judging.models import Evidence, Grade, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.reasons import Reason
from tests.fakes import a_catalogue, a_grade, a_question

__all__ = ["START", "an_attempt", "an_engagement", "question_of"]

START = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def an_attempt(
    number: int,
    result: Verdict | Reason = Verdict.WEAK,
    *,
    at: int | None = None,
    question_id: str = "cooking.1",
    follows: int | None = None,
    quote: str = "",
    **changes: object,
) -> Attempt:
    """An attempt whose id and, unless `at` says otherwise, minute are its number."""
    judged: Grade | Ungraded
    name = f"gr_{number:024x}"
    if isinstance(result, Verdict):
        evidence = (Evidence(quote=quote, start=0, end=len(quote)),) if quote else ()
        playbook_id, _, digits = question_id.rpartition(".")
        question = a_question(int(digits), playbook_id=playbook_id)
        grade = a_grade(question, result, evidence=evidence).model_dump(exclude={"needs_review"})
        judged = Grade.model_validate({**grade, "id": name, **changes})
    else:
        judged = Ungraded(reason=result, detail="whatever")
    return Attempt(
        id=name,
        question_id=question_id,
        at=START + timedelta(minutes=number if at is None else at),
        result=judged,
        answer=f"Answer {number}.",
        follows=None if follows is None else f"gr_{follows:024x}",
    )


def an_engagement(*attempts: Attempt, catalogue: Catalogue | None = None) -> Engagement:
    return cover("acme-2026-11", attempts, catalogue or a_catalogue())


def question_of(engagement: Engagement, question_id: str = "cooking.1") -> QuestionCoverage:
    [found] = [question for question in engagement.questions if question.id == question_id]
    return found
