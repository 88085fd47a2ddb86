"""Routes: post an answer, get its grade; get it again, alone or in a list."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from service.api.bodies import require_json
from service.api.paging import (
    ListQuery,
    NextCursor,
    YesOrNo,
    cut_page,
    read_cursor,
)
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
from service.judging.graded_text import AnswerSpan, GradedAnswer, GradedText, join_graded_answers
from service.judging.models import (
    MAX_ANSWER_CHARACTERS,
    Answer,
    AnswerTurn,
    Grade,
    Ungraded,
    Verdict,
)
from service.records import Frozen
from service.storage.grades import (
    GradeFilter,
    GradeRepository,
    Source,
    StoredGrade,
)
from service.storage.identifiers import Identifier
from service.storage.newest_first import Place
from service.wiring import Parts

__all__ = ["EngagementId", "GradeRequest", "GradeView", "grades_router", "read_graded_texts"]

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


class GradeView(Grade):
    """A stored grade, with the text that was graded and where that comes from.

    For the evidence of every signal, `answer[start:end] == quote`; offsets count Unicode
    characters (code points) from 0, not bytes and not UTF-16 units.
    """

    answer: Annotated[
        str,
        Field(
            description="The text that was graded, in which the offsets of evidence count: the "
            "answers that this one follows, oldest first, and then this one, with a blank line "
            "between two. Without `follows`, it is the answer as it was sent."
        ),
    ]
    answers: Annotated[
        tuple[AnswerSpan, ...],
        Field(
            description="The place in `answer` of each answer it was put together from; the last "
            "is this grade's own. To find a quote in an answer by itself, subtract its `start`."
        ),
    ]
    follows: Annotated[
        str | None, Field(description="Id of the grade whose probe this answer replied to.")
    ] = None
    engagement_id: EngagementId = None
    source: Annotated[Source | None, Field(description="The event that this comes from.")] = None
    created_at: AwareDatetime

    @classmethod
    def of_stored(cls, stored: StoredGrade, text: GradedText) -> "GradeView":
        about = stored.model_dump(include={"follows", "engagement_id", "source", "created_at"})
        shown = {"answer": text.text, "answers": text.answers, **about}
        return cls.model_validate({**stored.grade, **shown})


class GradeQuery(ListQuery):
    """Says which grades to list."""

    engagement_id: EngagementId = None
    question_id: Annotated[Identifier | None, Field(examples=["data-engineering.3"])] = None
    verdict: Verdict | None = None
    needs_review: Annotated[
        YesOrNo | None, Field(description="`true`: only grades that a person should look at.")
    ] = None

    def to_filter(self) -> GradeFilter:
        """Turn the query into what the storage filters by."""
        return GradeFilter.model_validate(self.list_filters())


class GradePage(Frozen):
    """A page of grades; ask for the next with `cursor` set to `next_cursor`."""

    grades: tuple[GradeView, ...]
    next_cursor: NextCursor


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
    async def grade_answer(request: GradeRequest) -> GradeView:
        """Grade what a customer said to a playbook question.

        A source event that was graded before gets the grade it got, so a post can be repeated.
        """
        result = await parts.answers.grade(request.to_submission())
        if isinstance(result, Ungraded):
            raise UngradedAnswer(result)
        return await _show(result.id)

    @router.get(
        "",
        operation_id="listGrades",
        summary="List grades",
        response_description="A page of grades, the newest first.",
        responses=document_problems(InvalidRequest),
    )
    async def list_grades(asked: Annotated[GradeQuery, Query()]) -> GradePage:
        """List the stored grades, the newest first: all, or those that meet every filter."""
        after = read_cursor(asked.cursor, Place)
        found = await parts.grades.list_page(asked.limit + 1, asked.to_filter(), after)
        page, next_cursor = cut_page(found, asked.limit, Place)
        return GradePage(grades=tuple(await _show_all(page)), next_cursor=next_cursor)

    @router.get(
        "/{grade_id}",
        operation_id="getGrade",
        summary="Get a grade",
        response_description="The grade, as it was given.",
        responses=document_problems(UnknownGrade),
    )
    async def get_grade(grade_id: str) -> GradeView:
        """Get a grade that was given earlier, with the text that was graded."""
        if re.fullmatch(_GRADE_ID, grade_id) is None:  # a database may refuse to look for it
            raise UnknownGrade(grade_id)
        return await _show(grade_id)

    async def _show(grade_id: str) -> GradeView:
        [shown] = await _show_all([await parts.grades.find(grade_id)])
        return shown

    async def _show_all(stored: Sequence[StoredGrade]) -> list[GradeView]:
        answers: dict[str, GradedAnswer] = {each.id: each for each in stored}
        followed = {each.follows for each in stored if each.follows} - answers.keys()
        if followed:
            answers |= await parts.grades.find_answers(followed)
        texts = ((each, join_graded_answers(each.id, answers)) for each in stored)
        return [GradeView.of_stored(each, text) for each, text in texts if text]

    return router


async def read_graded_texts(
    grades: GradeRepository, grade_ids: Sequence[str]
) -> dict[str, GradedText]:
    """Read the text that each of these grades is of; one that is not stored is left out."""
    answers = await grades.find_answers(grade_ids)
    joined = {grade_id: join_graded_answers(grade_id, answers) for grade_id in grade_ids}
    return {grade_id: text for grade_id, text in joined.items() if text}
