"""Routes: look how far a job is."""

import re
from typing import Any

from fastapi import APIRouter, Response

from service.api.jobs.desk import Desk
from service.api.jobs.schemas import JOB_ID, JobView
from service.api.problems import UnknownJobId
from service.errors import UnknownJob
from service.storage.jobs import StoredJob

__all__ = ["TAKEN", "jobs_router", "shown"]

RETRY_AFTER_S = 2
_LOCATION = {
    "Location": {"description": "Where the job is shown.", "schema": {"type": "string"}},
}
_LATER = {
    "Retry-After": {
        "description": "Seconds after which to look again, while it is not over.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "model": JobView,
        "description": "It was sent before, and its job is over.",
        "headers": _LOCATION,
    },
    202: {"headers": {**_LOCATION, **_LATER}},
}


def jobs_router(desk: Desk) -> APIRouter:
    """The route of jobs, over the desk that takes them."""
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.get(
        "/{job_id}",
        operation_id="getJob",
        summary="Get a job",
        response_description="The job, with what came of it once it is over.",
        responses={200: {"headers": _LATER}, 404: {"model": UnknownJobId}},
    )
    async def get_job(job_id: str, response: Response) -> JobView:
        """See how far a job is; while it is not over, Retry-After says when to look again."""
        if re.fullmatch(JOB_ID, job_id) is None:  # a database may refuse to look for it
            raise UnknownJob(job_id)
        job = await desk.find(job_id)
        _say_when(job, response)
        return JobView.of(job)

    return router


def shown(job: StoredJob, response: Response) -> JobView:
    """The job that was taken, with where to look for it and when."""
    response.status_code = 200 if job.is_over else 202
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    _say_when(job, response)
    return JobView.of(job)


def _say_when(job: StoredJob, response: Response) -> None:
    if not job.is_over:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
