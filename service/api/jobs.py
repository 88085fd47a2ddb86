"""Routes: see how far a job is, list jobs, cancel one; and how jobs are shown."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from service.api.grades import EngagementId, read_graded_texts
from service.api.paging import (
    ListQuery,
    NextCursor,
    cut_page,
    read_cursor,
)
from service.api.problems import Problem, document_problems, problem_of_failure, problem_schema
from service.errors import (
    InvalidRequest,
    JudgeError,
    LimitExceeded,
    ProbewiseError,
    UnknownJob,
    UnknownQuestion,
)
from service.grading.scorecard import Scorecard
from service.jobs.batches import BatchResults, ItemResult
from service.judging.graded_text import GradedText
from service.judging.models import Grade, Ungraded
from service.reasons import Reason
from service.records import Frozen
from service.storage.job_list import JobFilter, ListedJob
from service.storage.jobs import Failure, JobKind, JobStatus, StoredJob
from service.storage.newest_first import Place
from service.wiring import Parts

__all__ = ["TAKEN", "WAITS", "JobView", "jobs_router", "show_taken"]

if TYPE_CHECKING:  # a type checker can't see models that are made of errors
    JobProblem = Problem
    Refusal = Problem
else:
    JobProblem = problem_schema(JudgeError) | problem_schema(ProbewiseError) | Problem
    Refusal = (
        problem_schema(InvalidRequest)
        | problem_schema(UnknownQuestion)
        | problem_schema(LimitExceeded)
        | Problem
    )

_JOB_ID = r"^job_[0-9a-f]{24}$"
_RETRY_AFTER_S = 2
WAITS = "No model answers. The job is tried again by itself; nothing needs to be sent."
_LOCATION = {
    "Location": {"description": "Where the job is shown.", "schema": {"type": "string"}},
}
_LATER = {
    "Retry-After": {
        "description": "Seconds after which to look again, while it is not over.",
        "schema": {"type": "integer", "minimum": 1},
    }
}


class BatchResult(Frozen):
    """The outcome of one answer: a grade, a reason why there is none, or a refusal."""

    number: Annotated[
        int, Field(ge=1, description="Its place in the array, or its line, counted from 1.")
    ]
    id: str | int | None = None
    question_id: str | None = None
    answer: Annotated[
        str | None,
        Field(
            description="The text that was graded, in which the offsets of evidence count: the "
            "answers that this one follows, oldest first, and then this one, with a blank line "
            "between two. Null if it has no grade."
        ),
    ] = None
    grade: Grade | None = None
    ungraded: Ungraded | None = None
    refused: Annotated[
        Refusal | None,
        Field(description="Why it could not be taken: what POST /v1/grades would have answered."),
    ] = None

    @classmethod
    def of(cls, result: ItemResult, texts: Mapping[str, GradedText]) -> "BatchResult":
        text = texts.get(result.grade.id) if result.grade else None
        refused = result.refused and problem_of_failure(result.refused)
        shown = {"answer": text and text.text, "refused": refused}
        return cls.model_validate({**dict(result), **shown})


class Batch(Frozen):
    """Every answer of a batch, in the order in which they were sent."""

    results: tuple[BatchResult, ...]


class Waiting(Frozen):
    """The reason why a job is not worked on, and when it is tried again."""

    reason: Reason
    detail: str
    retry_at: Annotated[
        AwareDatetime | None, Field(description="When it is tried again; null if not known.")
    ] = None

    @classmethod
    def of(cls, failure: Failure) -> "Waiting":
        reason = Reason(str(failure.facts.get("reason", Reason.MODEL_UNAVAILABLE)))
        return cls(reason=reason, detail=WAITS, retry_at=failure.retry_at)


class JobSummary(Frozen):
    """A job as it is listed, without its result."""

    id: Annotated[str, Field(pattern=_JOB_ID)]
    kind: JobKind
    status: JobStatus
    engagement_id: Annotated[
        str | None,
        Field(description="The deep-dive of a transcript; null for a batch."),
    ] = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    total: Annotated[
        int | None, Field(description="How many answers there are; null until that is known.")
    ]
    finished: Annotated[int, Field(description="How many of them are graded, or can't be.")]
    waiting: Annotated[
        Waiting | None, Field(description="Why a queued job waits; null if it only has its turn.")
    ] = None
    problem: Annotated[JobProblem | None, Field(description="Why the job failed.")] = None

    @classmethod
    def of_listed(cls, job: ListedJob) -> "JobSummary":
        return cls.model_validate(_summarize(job, job.engagement_id))


class JobView(JobSummary):
    """A job and how far it is; ask again until its status is `done`, `failed` or `cancelled`."""

    scorecard: Annotated[
        Scorecard | None,
        Field(description="The result of a transcript, once done, with turns and times."),
    ] = None
    batch: Annotated[Batch | None, Field(description="The result of a batch, once done.")] = None

    @classmethod
    def of(
        cls, job: StoredJob, results: BatchResults, texts: Mapping[str, GradedText]
    ) -> "JobView":
        origin = job.request.get("origin")
        engagement_id = origin.get("engagement_id") if isinstance(origin, dict) else None
        scorecard = batch = None
        if job.result is not None and job.kind is JobKind.TRANSCRIPT:
            scorecard = Scorecard.model_validate(job.result)
        elif job.result is not None:
            batch = Batch(results=tuple(BatchResult.of(each, texts) for each in results.results))
        summary = _summarize(job, engagement_id)
        return cls.model_validate({**summary, "scorecard": scorecard, "batch": batch})


class JobQuery(ListQuery):
    """Says which jobs to list."""

    kind: JobKind | None = None
    status: JobStatus | None = None
    engagement_id: Annotated[
        EngagementId,
        Field(description="Transcripts of this deep-dive, and batches with an answer of it."),
    ] = None

    def to_filter(self) -> JobFilter:
        """Turn the query into what the storage filters by."""
        return JobFilter.model_validate(self.list_filters())


class JobPage(Frozen):
    """A page of jobs; ask for the next with `cursor` set to `next_cursor`."""

    jobs: tuple[JobSummary, ...]
    next_cursor: NextCursor


TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": JobView,
        "description": "It was sent before, and its job is over.",
        "headers": _LOCATION,
    },
    202: {"headers": {**_LOCATION, **_LATER}},
}


def jobs_router(parts: Parts) -> APIRouter:
    """Make the routes of jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.get(
        "",
        operation_id="listJobs",
        summary="List jobs",
        response_description="A page of jobs, the newest first, without their results.",
        responses=document_problems(InvalidRequest),
    )
    async def list_jobs(asked: Annotated[JobQuery, Query()]) -> JobPage:
        """List the jobs, the newest first: all, or those that meet every filter."""
        after = read_cursor(asked.cursor, Place)
        found = await parts.job_list.list_page(asked.limit + 1, asked.to_filter(), after)
        page, next_cursor = cut_page(found, asked.limit, Place)
        return JobPage(jobs=tuple(map(JobSummary.of_listed, page)), next_cursor=next_cursor)

    # Above the next, whose pattern its path meets too.
    @router.post(
        "/{job_id}:cancel",
        operation_id="cancelJob",
        summary="Cancel a job",
        response_description="The job: `cancelled`, or as it is if it was over before.",
        responses=document_problems(UnknownJob),
    )
    async def cancel_job(job_id: str) -> JobView:
        """Stop a job: what is not graded yet stays so, and is not paid for.

        Grades that it has given stay stored, and `GET /v1/grades` lists them. A job that is over is
        left as it is, so that a cancel can be sent again. Post the same content again to go on.
        """
        return await _show(await parts.queue.cancel(_check(job_id)), parts)

    @router.get(
        "/{job_id}",
        operation_id="getJob",
        summary="Get a job",
        response_description="The job, with its result once it is over.",
        responses={200: {"headers": _LATER}, **document_problems(UnknownJob)},
    )
    async def get_job(job_id: str, response: Response) -> JobView:
        """See how far a job is; while it is not over, Retry-After says when to look again."""
        job = await parts.queue.find(_check(job_id))
        _say_when(job, response)
        return await _show(job, parts)

    return router


async def show_taken(job: StoredJob, response: Response, parts: Parts) -> JobView:
    """Show the job that was taken, with where to look for it and when."""
    response.status_code = 200 if job.is_over else 202
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    _say_when(job, response)
    return await _show(job, parts)


async def _show(job: StoredJob, parts: Parts) -> JobView:
    """Show a job; the texts that a batch's offsets count in are read from the grades."""
    if job.kind is not JobKind.BATCH or job.result is None:
        return JobView.of(job, BatchResults(results=()), {})
    results = BatchResults.model_validate(job.result)
    grade_ids = [each.grade.id for each in results.results if each.grade]
    return JobView.of(job, results, await read_graded_texts(parts.grades, grade_ids))


def _check(job_id: str) -> str:
    if re.fullmatch(_JOB_ID, job_id) is None:  # a database may refuse to look for it
        raise UnknownJob(job_id)
    return job_id


def _summarize(job: StoredJob | ListedJob, engagement_id: object) -> dict[str, object]:
    failure, is_failed = job.failure, job.status is JobStatus.FAILED
    is_waiting = failure is not None and job.status is JobStatus.QUEUED
    names = ("id", "kind", "status", "created_at", "updated_at", "total", "finished")
    return {
        **{name: getattr(job, name) for name in names},
        "engagement_id": engagement_id,
        "waiting": Waiting.of(failure) if failure and is_waiting else None,
        "problem": problem_of_failure(failure) if failure and is_failed else None,
    }


def _say_when(job: StoredJob, response: Response) -> None:
    if not job.is_over:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
