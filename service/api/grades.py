"""Routes: post an answer, get its grade."""

import re

from fastapi import APIRouter, Depends

from service.api.bodies import require_json
from service.api.grading import Grading
from service.api.problems import (
    RETRY_AFTER,
    BrokenJson,
    FollowConflict,
    InvalidRequest,
    SourceConflict,
    TooLarge,
    UngradedAnswer,
    UnknownGradeId,
    UnknownQuestionId,
    UnsupportedMediaType,
)
from service.api.schemas import GRADE_ID, GradeRequest
from service.errors import UnknownGrade
from service.judging.models import Grade

__all__ = ["grades_router"]


def grades_router(grading: Grading) -> APIRouter:
    """The routes of grades, over what grades and keeps them."""
    router = APIRouter(prefix="/v1/grades", tags=["grades"])

    @router.post(
        "",
        operation_id="gradeAnswer",
        summary="Grade an answer",
        response_description="The grade, which is kept.",
        dependencies=[Depends(require_json)],
        responses={
            400: {"model": BrokenJson},
            404: {"model": UnknownQuestionId | UnknownGradeId},
            409: {"model": FollowConflict | SourceConflict},
            413: {"model": TooLarge},
            415: {"model": UnsupportedMediaType},
            422: {"model": InvalidRequest},
            502: {"model": UngradedAnswer},
            503: {"model": UngradedAnswer, "headers": RETRY_AFTER},
        },
    )
    async def grade_answer(request: GradeRequest) -> Grade:
        """Grade what a customer said to a playbook question.

        A source event that was graded before gets the grade it got, so a post can be repeated.
        """
        return await grading.grade(request)

    @router.get(
        "/{grade_id}",
        operation_id="getGrade",
        summary="Get a grade",
        response_description="The grade, as it was given.",
        responses={404: {"model": UnknownGradeId}},
    )
    async def get_grade(grade_id: str) -> Grade:
        """Get a grade that was given earlier."""
        if re.fullmatch(GRADE_ID, grade_id) is None:  # a database may refuse to look for it
            raise UnknownGrade(grade_id)
        return await grading.find(grade_id)

    return router
