"""Routes: post an answer, get its grade."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.api.bodies import require_json
from service.api.problems import UngradedAnswer, UnsupportedMediaType, document_problems
from service.errors import (
    BrokenJson,
    CannotFollow,
    InvalidRequest,
    LimitExceeded,
    SourceReused,
    UnknownGrade,
    UnknownQuestion,
)
from service.grading.answers import Submission
from service.judging.models import MAX_ANSWER_CHARACTERS, Answer, AnswerTurn, Grade, Ungraded
from service.records import Frozen
from service.storage.grades import Source
from service.storage.identifiers import Identifier
from service.wiring import Parts

__all__ = ["EngagementId", "GradeRequest", "grades_router"]

_GRADE_ID = r"^gr_[0-9a-f]{24}$"

EngagementId = Annotated[
    Identifier | None, Field(description="The customer deep-dive this belongs to.")
]


def _check_storable(text: str) -> str:
    """Refuse what databases refuse, before anyone pays for a grade."""
    if "\0" in text:
        raise PydanticCustomError("nul_character", "String should not hold a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError(
            "lone_surrogate", "String should not hold half of a surrogate pair"
        ) from None
    return text


class GradeRequest(Frozen):
    """One answer to grade, in the customer's words."""

    question_id: Annotated[Identifier, Field(examples=["data-engineering.3"])]
    # The schema states the limits that Answer.check enforces, which has its own problems for them.
    answer: Annotated[
        str,
        AfterValidator(_check_storable),
        Field(
            description="What the customer said, one or more turns.",
            json_schema_extra={
                "minLength": 1,
                "maxLength": MAX_ANSWER_CHARACTERS,
                "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
            },
        ),
    ]
    engagement_id: EngagementId = None
    source: Annotated[
        Source | None,
        Field(description="The event this comes from; sent again, it gets the same grade."),
    ] = None
    follows: Annotated[
        Annotated[str, Field(pattern=_GRADE_ID)] | None,
        Field(description="Id of the grade whose probe this answer replies to."),
    ] = None

    def to_submission(self) -> Submission:
        """Turn the request into what the domain grades."""
        return Submission(
            question_id=self.question_id,
            answer=Answer(turns=(AnswerTurn(text=self.answer),)),
            engagement_id=self.engagement_id,
            source=self.source,
            follows=self.follows,
        )


def grades_router(parts: Parts) -> APIRouter:
    """Make the routes of grades."""
    router = APIRouter(prefix="/v1/grades", tags=["grades"])

    @router.post(
        "",
        operation_id="gradeAnswer",
        summary="Grade an answer",
        response_description="The grade, which is stored.",
        dependencies=[Depends(require_json)],
        responses=document_problems(
            BrokenJson,
            UnknownQuestion,
            UnknownGrade,
            CannotFollow,
            SourceReused,
            LimitExceeded,
            UnsupportedMediaType,
            InvalidRequest,
            UngradedAnswer,
        ),
    )
    async def grade_answer(request: GradeRequest) -> Grade:
        """Grade what a customer said to a playbook question.

        A source event that was graded before gets the grade it got, so a post can be repeated.
        """
        result = await parts.answers.grade(request.to_submission())
        if isinstance(result, Ungraded):
            raise UngradedAnswer(result)
        return result

    @router.get(
        "/{grade_id}",
        operation_id="getGrade",
        summary="Get a grade",
        response_description="The grade, as it was given.",
        responses=document_problems(UnknownGrade),
    )
    async def get_grade(grade_id: str) -> Grade:
        """Get a grade that was given earlier."""
        if re.fullmatch(_GRADE_ID, grade_id) is None:  # a database may refuse to look for it
            raise UnknownGrade(grade_id)
        return Grade.model_validate((await parts.grades.find(grade_id)).grade)

    return router
