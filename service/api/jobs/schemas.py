"""What the routes of jobs take and show."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from service.api.problems import (
    InternalError,
    InvalidRequest,
    Problem,
    TooLarge,
    Unassigned,
    UnknownQuestionId,
)
from service.api.schemas import GradeRequest
from service.grading.scorecard import Scorecard
from service.judging.models import Grade, Ungraded
from service.records import Frozen
from service.storage.jobs import JobKind, JobStatus, StoredJob

__all__ = ["JOB_ID", "Batch", "BatchItem", "BatchResult", "JobView", "digest_of", "new_job"]

JOB_ID = r"^job_[0-9a-f]{24}$"


class BatchItem(GradeRequest):
    """One answer of a batch: what POST /v1/grades takes, and an id of the caller's own."""

    id: Annotated[str, Field(max_length=128)] | int | None = None


class BatchResult(Frozen):
    """What became of one answer: a grade, a reason why there is none, or a refusal."""

    number: Annotated[
        int, Field(ge=1, description="Its place in the array, or its line, counted from 1.")
    ]
    id: str | int | None = None
    question_id: str | None = None
    grade: Grade | None = None
    ungraded: Ungraded | None = None
    refused: Annotated[
        InvalidRequest | UnknownQuestionId | TooLarge | Problem | None,
        Field(description="Why it could not be taken: what POST /v1/grades would have answered."),
    ] = None


class Batch(Frozen):
    """Every answer of a batch, in the order in which they were sent."""

    results: tuple[BatchResult, ...]


class JobView(Frozen):
    """A job and how far it is; ask again until its status is `done` or `failed`."""

    id: Annotated[str, Field(pattern=JOB_ID)]
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
        Field(description="What came of a transcript, once done, with turns and times."),
    ] = None
    batch: Annotated[Batch | None, Field(description="What came of a batch, once done.")] = None
    problem: Annotated[
        Unassigned | InternalError | Problem | None, Field(description="Why the job failed.")
    ] = None

    @classmethod
    def of(cls, job: StoredJob) -> "JobView":
        result = {"scorecard" if job.kind is JobKind.TRANSCRIPT else "batch": job.result}
        shared = job.model_dump(include=set(cls.model_fields))
        return cls.model_validate(shared | result)


def new_job(
    kind: JobKind, request: dict[str, JsonValue], *, key: Iterable[str], content: bytes
) -> StoredJob:
    """A job that is not kept yet; the texts of `key` tell what it is asked for."""
    now = datetime.now(UTC)
    named = "\n".join((kind, *(f"{len(text)} {text}" for text in key)))
    return StoredJob(
        id=f"job_{secrets.token_hex(12)}",
        kind=kind,
        key=digest_of(named.encode()),
        digest=digest_of(content),
        created_at=now,
        updated_at=now,
        request=request,
    )


def digest_of(content: bytes) -> str:
    """Tells one content from another."""
    return hashlib.sha256(content).hexdigest()
