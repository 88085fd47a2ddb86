"""The HTTP application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI

from service import __version__
from service.api.bodies import BodyLimit
from service.api.engagements import engagements_router
from service.api.failures import Failures
from service.api.grades import grades_router
from service.api.grading import Grading
from service.api.handlers import install_handlers
from service.api.health import health_router
from service.api.jobs import batches, transcripts
from service.api.jobs.desk import Desk, Worker
from service.api.jobs.routes import jobs_router
from service.api.notes import notes_router
from service.api.openapi import Api
from service.api.playbooks import playbooks_router
from service.api.problems import Problem
from service.assignment.models import Assigner
from service.grading.keeping import Keeper
from service.grading.passage_grader import Intake
from service.jobs.runner import Runner
from service.judging.judge import Judge
from service.playbooks.catalogue import Catalogue
from service.settings import Settings
from service.storage.grades import Grades
from service.storage.jobs import JobKind, Jobs
from service.storage.schema import upgrade
from service.transcripts.read_source import MAX_BYTES

__all__ = ["create_app"]

_TAGS = [
    {"name": "grades", "description": "Grade what a customer said, and find grades again."},
    {"name": "notes", "description": "Find and grade every question in a page of notes."},
    {"name": "jobs", "description": "Grade whole calls, and many answers, in the background."},
    {"name": "engagements", "description": "What a deep-dive covered, and what to ask next."},
    {"name": "playbooks", "description": "What is asked, and what a good answer sounds like."},
    {"name": "health", "description": "For load balancers and orchestrators."},
]


def create_app(
    catalogue: Catalogue,
    judge: Judge,
    assigner: Assigner,
    grades: Grades,
    runner: Runner,
    *,
    settings: Settings,
) -> FastAPI:
    """The application over these parts, which it closes when it stops.

    It migrates the database of `settings` when it starts, before the first request, and takes up
    the jobs that were left unfinished.
    """
    intake = Intake(catalogue, judge, assigner)
    keeper = Keeper(intake, grades)
    grading = Grading(catalogue, judge, grades)
    jobs = Jobs(settings.database_url)
    workers: dict[JobKind, Worker] = {
        JobKind.TRANSCRIPT: transcripts.CallGrading(jobs, intake, keeper, settings.ours).grade,
        JobKind.BATCH: partial(batches.grade_batch, grading=grading),
    }
    desk = Desk(jobs, runner, workers, at_once=settings.jobs_at_once)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await upgrade(settings.database_url)
        async with AsyncExitStack() as closing:
            for part in (grades, jobs, assigner, judge, runner):
                closing.push_async_callback(part.aclose)
            await desk.start()
            yield

    app = _named(lifespan)
    app.include_router(grades_router(grading))
    app.include_router(notes_router(intake, keeper))
    app.include_router(transcripts.transcripts_router(desk, intake))
    app.include_router(batches.batches_router(desk))
    app.include_router(jobs_router(desk))
    app.include_router(engagements_router(catalogue, grades))
    app.include_router(playbooks_router(catalogue))
    app.include_router(health_router(catalogue, grades))
    install_handlers(app)
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        larger={transcripts.PATH: MAX_BYTES, batches.PATH: batches.MAX_BYTES},
    )
    app.add_middleware(Failures)
    return app


def _named(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> Api:
    """An application without routes, as its documentation presents it."""
    return Api(
        title="Probewise",
        summary="Grades what a customer said against what a good answer sounds like.",
        version=__version__,
        openapi_tags=_TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "Any other problem"}},
    )
