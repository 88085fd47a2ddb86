"""Jobs that grade a batch of answers."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated

from pydantic import Field, TypeAdapter

from service.errors import (
    InvalidRequest,
    ProbewiseError,
    StorageUnavailable,
    UnexpectedError,
)
from service.grading.answers import AnswerGrader, Submission
from service.jobs.progress import Progress
from service.jobs.queue import Outcome, digest_content, new_job
from service.judging.models import Answer, Grade, Ungraded
from service.records import Frozen
from service.storage.grades import Source
from service.storage.jobs import Failure, JobKind, StoredJob

__all__ = ["BatchGrader", "BatchItem", "BatchResults", "ItemResult", "new_batch_job"]

_TOOL = "answers:batch"
_AT_ONCE = 16


class BatchItem(Frozen):
    """One entry of a batch: an answer to grade, or the reason why it can't be taken.

    `number` is its place in the array, or its line, counted from 1; `id` is the caller's own.
    """

    number: Annotated[int, Field(ge=1)]
    id: str | int | None = None
    submission: Submission | None = None
    refused: Failure | None = None


class ItemResult(Frozen):
    """The outcome of one entry: a grade, a reason why there is none, or a refusal."""

    number: Annotated[int, Field(ge=1)]
    id: str | int | None = None
    question_id: str | None = None
    grade: Grade | None = None
    ungraded: Ungraded | None = None
    refused: Failure | None = None


class BatchResults(Frozen):
    """The outcome of every entry of a batch, in the order in which they were sent."""

    results: tuple[ItemResult, ...]


_ITEMS = TypeAdapter(tuple[BatchItem, ...])


def new_batch_job(items: Iterable[BatchItem], content: bytes) -> StoredJob:
    """Make the job of a batch; the same content is the same job."""
    request = {"items": _ITEMS.dump_python(tuple(items), mode="json")}
    return new_job(JobKind.BATCH, request, key=[digest_content(content)], content=content)


class BatchGrader:
    """Grades the entries of a batch, some at a time; one that is refused stops no other."""

    def __init__(self, answers: AnswerGrader) -> None:
        self._answers = answers

    async def grade(self, job: StoredJob, progress: Progress) -> Outcome:
        """Grade every answer of the job's batch; see Worker in queue.py."""
        items = _read_items(job)
        places = asyncio.Semaphore(_AT_ONCE)
        finished = 0

        async def grade_one(item: BatchItem) -> ItemResult:
            nonlocal finished
            async with places:
                result = await self._grade_item(job.id, item)
                finished += 1
                progress(len(items), finished)
            return result

        progress(len(items), 0)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(grade_one(item)) for item in items]
        results = tuple(task.result() for task in tasks)
        ungraded = frozenset(each.ungraded.reason for each in results if each.ungraded)
        unexpected = any(
            each.refused is not None and each.refused.error == UnexpectedError.__name__
            for each in results
        )
        whole = BatchResults(results=results)
        return Outcome(result=whole, ungraded=ungraded, has_unexpected=unexpected)

    async def _grade_item(self, job_id: str, item: BatchItem) -> ItemResult:
        result = partial(ItemResult, number=item.number, id=item.id)
        if item.submission is None:
            return result(refused=item.refused)
        # With a source, so that a batch that is taken up again pays for nothing twice.
        own = Source(tool=_TOOL, call_id=job_id, event_id=str(item.number))
        submission = item.submission.model_copy(update={"source": item.submission.source or own})
        result = partial(result, question_id=submission.question_id)
        try:
            graded = await self._answers.grade(submission)
        except StorageUnavailable:
            raise
        except ProbewiseError as error:
            return result(refused=Failure.of(error))
        except Exception as error:  # noqa: BLE001 - one that can't be graded stops no other
            return result(refused=Failure.of(UnexpectedError(error)))
        if isinstance(graded, Ungraded):
            return result(ungraded=graded.without_detail())
        return result(grade=graded)


def _read_items(job: StoredJob) -> tuple[BatchItem, ...]:
    if job.schema_version == 1:
        return tuple(_read_items_of_version_1(job.request["items"]))
    return _ITEMS.validate_python(job.request["items"])


def _read_items_of_version_1(items: object) -> Iterator[BatchItem]:
    """Read pairs of number and JSON text, which release 0.1.0 stored as they were posted."""
    for number, text in TypeAdapter(list[tuple[int, str]]).validate_python(items):
        try:
            posted = json.loads(text)
            answer = Answer.model_validate({"turns": [{"text": posted.pop("answer")}]})
            name = posted.pop("id", None)
            submission = Submission.model_validate({**posted, "answer": answer})
            yield BatchItem(number=number, id=name, submission=submission)
        except (ValueError, KeyError, AttributeError):
            yield BatchItem(number=number, refused=Failure.of(InvalidRequest([])))
