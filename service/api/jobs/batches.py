"""Routes: post many answers, have each graded."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter, ValidationError

from service.api.bodies import media_type_of
from service.api.grading import AnswerUngraded, Grading
from service.api.handlers import problem_in, problem_of
from service.api.jobs.desk import Desk, Outcome, Progress
from service.api.jobs.routes import TAKEN, shown
from service.api.jobs.schemas import Batch, BatchItem, BatchResult, JobView, digest_of, new_job
from service.api.problems import (
    BrokenJson,
    FieldFault,
    InvalidRequest,
    ProblemError,
    TooLarge,
    UnsupportedMediaType,
)
from service.api.reasons import WHY_UNGRADED
from service.api.schemas import GradeRequest
from service.errors import ProbewiseError
from service.judging.models import Ungraded
from service.storage.grades import Source
from service.storage.jobs import JobKind, StoredJob

__all__ = ["MAX_BYTES", "PATH", "batches_router", "grade_batch"]

PATH = "/v1/answers:batch"
MAX_BYTES = 5_000_000
_MAX_ANSWERS = 10_000
_AT_ONCE = 16
_TOOL = "answers:batch"
_LINES = ("application/jsonl", "application/x-ndjson")
_ITEMS = TypeAdapter(list[tuple[int, str]])


def batches_router(desk: Desk) -> APIRouter:
    """The route of batches, over the desk that takes them."""
    router = APIRouter(tags=["jobs"])

    @router.post(
        PATH,
        operation_id="gradeAnswers",
        summary="Grade many answers",
        status_code=202,
        response_description="The job that grades them.",
        openapi_extra={"requestBody": _body()},
        responses={
            **TAKEN,
            400: {"model": BrokenJson},
            413: {"model": TooLarge},
            415: {"model": UnsupportedMediaType},
            422: {"model": InvalidRequest},
        },
    )
    async def grade_answers(request: Request, response: Response) -> JobView:
        """Grade answers as a job: a JSON array, or JSON Lines, of what POST /v1/grades takes.

        One that can't be taken is refused in the job's result, and stops no other. The same batch
        sent again gets the same job; answers with a source that was graded before, their grades.
        """
        media_type = media_type_of(request)
        if media_type not in {*_LINES, "application/json"}:
            detail = f"Send a JSON array, or JSON Lines as {_LINES[0]}."
            raise ProblemError(UnsupportedMediaType(detail=detail))
        body = await request.body()
        items = list(_items(body, are_lines=media_type in _LINES))
        if not items:
            raise _invalid("Should hold an answer at least")
        if len(items) > _MAX_ANSWERS:
            detail = f"A batch may have {_MAX_ANSWERS:,} answers. Split it."
            raise ProblemError(TooLarge(detail=detail, limit=_MAX_ANSWERS, unit="answers"))
        asked = {"items": _ITEMS.dump_python(items, mode="json")}
        job = new_job(JobKind.BATCH, asked, key=[digest_of(body)], content=body)
        return shown(await desk.take(job), response)

    return router


async def grade_batch(job: StoredJob, progress: Progress, *, grading: Grading) -> Outcome:
    """Every answer of the batch, graded, ungraded or refused."""
    items = _ITEMS.validate_python(job.request["items"])
    places = asyncio.Semaphore(_AT_ONCE)
    finished = 0

    async def one(number: int, item: str) -> BatchResult:
        nonlocal finished
        async with places:
            result = await _graded(job.id, number, item, grading)
            finished += 1
            await progress(len(items), finished)
        return result

    await progress(len(items), 0)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(number, item)) for number, item in items]
    batch = Batch(results=tuple(task.result() for task in tasks))
    ungraded = frozenset(r.ungraded.reason for r in batch.results if r.ungraded)
    return Outcome(result=batch, ungraded=ungraded)


async def _graded(job_id: str, number: int, item: str, grading: Grading) -> BatchResult:
    result = partial(BatchResult, number=number)
    try:
        asked = BatchItem.model_validate_json(item)
        result = partial(result, id=asked.id, question_id=asked.question_id)
        return result(grade=await grading.grade(_request(job_id, number, asked)))
    except ValidationError as error:
        return result(refused=problem_in(error))
    except AnswerUngraded as error:
        detail = WHY_UNGRADED[error.reason]
        return result(ungraded=Ungraded(reason=error.reason, detail=detail))
    except ProbewiseError as error:
        return result(refused=problem_of(error))


def _request(job_id: str, number: int, asked: BatchItem) -> GradeRequest:
    """With a source, so that a batch that is taken up again pays for nothing twice."""
    own = Source(tool=_TOOL, call_id=job_id, event_id=str(number))
    fields = asked.model_dump(exclude={"id", "source"})
    return GradeRequest(**fields, source=asked.source or own)


def _items(body: bytes, *, are_lines: bool) -> Iterator[tuple[int, str]]:
    """The JSON of each item with its number; what breaks is for the item's own result to say."""
    try:
        text = body.decode("utf-8-sig")
        if are_lines:
            lines = enumerate(text.split("\n"), 1)
            yield from ((number, line) for number, line in lines if line.strip())
            return
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise ProblemError(BrokenJson()) from None
    if not isinstance(whole, list):
        raise _invalid("Should be an array")
    yield from ((number, json.dumps(item)) for number, item in enumerate(whole, 1))


def _invalid(detail: str) -> ProblemError:
    return ProblemError(InvalidRequest(errors=(FieldFault(pointer="", detail=detail),)))


def _body() -> dict[str, Any]:
    item = {"$ref": "#/components/schemas/BatchItem"}
    array = {"schema": {"type": "array", "items": item, "minItems": 1}}
    lines = {"schema": {"type": "string", "minLength": 1}}
    return {
        "required": True,
        "content": {"application/json": array} | dict.fromkeys(_LINES, lines),
    }
