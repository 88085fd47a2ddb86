"""Routes: post many answers, have each graded."""

import asyncio
import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, ValidationError

from service.api.bodies import read_media_type
from service.api.grades import GradeRequest
from service.api.handlers import read_faults
from service.api.jobs import TAKEN, JobView, show_taken
from service.api.problems import UnsupportedMediaType, document_problems
from service.errors import BrokenJson, InvalidRequest, LimitExceeded
from service.jobs.batches import BatchItem, new_batch_job
from service.problem_kinds import FieldFault
from service.storage.jobs import Failure
from service.wiring import Parts

__all__ = ["MAX_BYTES", "PATH", "BatchRequest", "batches_router"]

PATH = "/v1/answers:batch"
MAX_BYTES = 5_000_000
_MAX_ANSWERS = 10_000
_LINES = ("application/jsonl", "application/x-ndjson")


class BatchRequest(GradeRequest):
    """One answer of a batch: what POST /v1/grades takes, and an id of the caller's own."""

    id: Annotated[str, Field(max_length=128)] | int | None = None


def batches_router(parts: Parts) -> APIRouter:
    """Make the route of batches."""
    router = APIRouter(tags=["jobs"])

    @router.post(
        PATH,
        operation_id="gradeAnswers",
        summary="Grade many answers",
        status_code=202,
        response_description="The job that grades them.",
        openapi_extra={"requestBody": _describe_body()},
        responses={
            **TAKEN,
            **document_problems(BrokenJson, LimitExceeded, UnsupportedMediaType, InvalidRequest),
        },
    )
    async def grade_answers(request: Request, response: Response) -> JobView:
        """Grade answers as a job: a JSON array, or JSON Lines, of what POST /v1/grades takes.

        One that can't be taken is refused in the job's result, and stops no other. The same batch
        sent again gets the same job; answers with a source that was graded before, their grades.
        """
        media_type = read_media_type(request)
        if media_type not in {*_LINES, "application/json"}:
            raise UnsupportedMediaType(f"Send a JSON array, or JSON Lines as {_LINES[0]}.")
        body = await request.body()
        texts = list(_split(body, are_lines=media_type in _LINES))
        if not texts:
            raise _invalid("Should hold an answer at least")
        if len(texts) > _MAX_ANSWERS:
            raise _TooManyAnswers
        items = await asyncio.to_thread(lambda: [_read_item(*each) for each in texts])
        job = await parts.queue.submit(new_batch_job(items, body))
        return await show_taken(job, response, parts)

    return router


class _TooManyAnswers(LimitExceeded):
    """A batch has more answers than a job takes."""

    def __init__(self) -> None:
        super().__init__("batch", limit=_MAX_ANSWERS, actual=_MAX_ANSWERS, unit="answers")

    @property
    def detail(self) -> str:
        return f"A batch may have {self.limit:,} answers. Split it."


def _split(body: bytes, *, are_lines: bool) -> Iterator[tuple[int, str]]:
    """Yield the JSON of each item with its number; a broken one is told by its own result."""
    try:
        text = body.decode("utf-8-sig")
        if are_lines:
            lines = enumerate(text.split("\n"), 1)
            yield from ((number, line) for number, line in lines if line.strip())
            return
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise BrokenJson from None
    if not isinstance(whole, list):
        raise _invalid("Should be an array")
    yield from ((number, json.dumps(item)) for number, item in enumerate(whole, 1))


def _read_item(number: int, text: str) -> BatchItem:
    try:
        request = BatchRequest.model_validate_json(text)
    except ValidationError as error:
        return BatchItem(number=number, refused=Failure.of(read_faults(error)))
    return BatchItem(number=number, id=request.id, submission=request.to_submission())


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest([FieldFault(pointer="", detail=detail)])


def _describe_body() -> dict[str, Any]:
    item = {"$ref": "#/components/schemas/BatchItem"}
    array = {"schema": {"type": "array", "items": item, "minItems": 1}}
    lines = {"schema": {"type": "string", "minLength": 1}}
    return {
        "required": True,
        "content": {"application/json": array} | dict.fromkeys(_LINES, lines),
    }
