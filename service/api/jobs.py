"""Routes: see how far a job is; and how jobs are shown."""

import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, Field

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
from service.judging.models import Grade, Ungraded
from service.records import Frozen
from service.storage.jobs import JobKind, JobStatus, StoredJob
from service.wiring import Parts

__all__ = ["TAKEN", "JobView", "jobs_router", "show_taken"]

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
    grade: Grade | None = None
    ungraded: Ungraded | None = None
    refused: Annotated[
        Refusal | None,
        Field(description="Why it could not be taken: what POST /v1/grades would have answered."),
    ] = None

    @classmethod
    def of(cls, result: ItemResult) -> "BatchResult":
        refused = result.refused and problem_of_failure(result.refused)
        return cls.model_validate({**dict(result), "refused": refused})


class Batch(Frozen):
    """Every answer of a batch, in the order in which they were sent."""

    results: tuple[BatchResult, ...]


class JobView(Frozen):
    """A job and how far it is; ask again until its status is `done` or `failed`."""

    id: Annotated[str, Field(pattern=_JOB_ID)]
    kind: JobKind
    status: JobStatus
    created_at: AwareDatetime
    updated_at: AwareDatetime
    total: Annotated[
        int | None, Field(description="How many answers there are; null until that is known.")
    ]
    finished: Annotated[int, Field(description="How many of them are graded, or can't be.")]
    scorecard: Annotated[
        Scorecard | None,
        Field(description="The result of a transcript, once done, with turns and times."),
    ] = None
    batch: Annotated[Batch | None, Field(description="The result of a batch, once done.")] = None
    problem: Annotated[JobProblem | None, Field(description="Why the job failed.")] = None

    @classmethod
    def of(cls, job: StoredJob) -> "JobView":
        scorecard = batch = None
        if job.result is not None and job.kind is JobKind.TRANSCRIPT:
            scorecard = Scorecard.model_validate(job.result)
        elif job.result is not None:
            results = BatchResults.model_validate(job.result).results
            batch = Batch(results=tuple(map(BatchResult.of, results)))
        return cls.model_validate(
            {
                **job.model_dump(include=set(cls.model_fields)),
                "scorecard": scorecard,
                "batch": batch,
                "problem": job.failure and problem_of_failure(job.failure),
            }
        )


TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": JobView,
        "description": "It was sent before, and its job is over.",
        "headers": _LOCATION,
    },
    202: {"headers": {**_LOCATION, **_LATER}},
}


def jobs_router(parts: Parts) -> APIRouter:
    """Make the route of jobs."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.get(
        "/{job_id}",
        operation_id="getJob",
        summary="Get a job",
        response_description="The job, with its result once it is over.",
        responses={200: {"headers": _LATER}, **document_problems(UnknownJob)},
    )
    async def get_job(job_id: str, response: Response) -> JobView:
        """See how far a job is; while it is not over, Retry-After says when to look again."""
        if re.fullmatch(_JOB_ID, job_id) is None:  # a database may refuse to look for it
            raise UnknownJob(job_id)
        job = await parts.queue.find(job_id)
        _say_when(job, response)
        return JobView.of(job)

    return router


def show_taken(job: StoredJob, response: Response) -> JobView:
    """Show the job that was taken, with where to look for it and when."""
    response.status_code = 200 if job.is_over else 202
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    _say_when(job, response)
    return JobView.of(job)


def _say_when(job: StoredJob, response: Response) -> None:
    if not job.is_over:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
