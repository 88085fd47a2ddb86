"""The HTTP application."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from service import __version__
from service.api import batches, transcripts
from service.api.bodies import BodyLimit
from service.api.docs_page import add_docs_page
from service.api.door import Door
from service.api.engagements import engagements_router
from service.api.grades import grades_router
from service.api.handlers import UnexpectedErrors, install_handlers
from service.api.health import health_router
from service.api.hosts import Hosts
from service.api.jobs import jobs_router
from service.api.notes import notes_router
from service.api.openapi import Api
from service.api.playbooks import playbooks_router
from service.api.problems import Problem, Unauthorized, document_problems
from service.api.request_ids import RequestIds
from service.api.starting import StartFailures
from service.keys import read_keys
from service.settings import read_settings
from service.transcripts.read_source import MAX_BYTES
from service.wiring import Parts

__all__ = ["app", "create_app"]

_TAGS = [
    {"name": "grades", "description": "Grade what a customer said, and find grades again."},
    {"name": "notes", "description": "Find and grade every question in a page of notes."},
    {"name": "jobs", "description": "Grade whole calls, and many answers, in the background."},
    {"name": "engagements", "description": "What a deep-dive covered, and what to ask next."},
    {"name": "playbooks", "description": "What is asked, and what a good answer sounds like."},
    {"name": "health", "description": "For load balancers and orchestrators."},
]

_DESCRIPTION = """\
Every answer has an `X-Request-Id`. It is the one that you send (up to 128 letters, digits and \
`. _ : / + = @ -`), else the trace id of your `traceparent`, else a new one. The service logs it \
with every error.

Errors are problems in the form of RFC 9457. None repeats what a customer said.
"""


def app() -> FastAPI:
    """Build the application that the environment configures, for any ASGI server.

    It is built anew on each call: `uvicorn --factory service.api.app:app`.
    """
    logging.getLogger("uvicorn.access").addFilter(_cut_query)
    return create_app(Parts(read_settings()))


def create_app(parts: Parts) -> FastAPI:
    """Build the application over these parts, which it closes when it stops.

    When it starts, before the first request, it migrates the database, and goes on with the jobs
    that were left unfinished.
    """
    # What can't be built is told now, not by the first request.
    _ = parts.catalogue, parts.passages, parts.queue
    keys = read_keys(parts.settings.service_keys, parts.settings.service_pepper)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await parts.database.upgrade()
        async with parts:
            await parts.queue.start()
            yield

    app = _name_app(lifespan, wants_keys=bool(keys))
    for make_router in (
        grades_router,
        notes_router,
        transcripts.transcripts_router,
        batches.batches_router,
        jobs_router,
        engagements_router,
        playbooks_router,
    ):
        app.include_router(make_router(parts), responses=document_problems(Unauthorized))
    app.include_router(health_router(parts))
    add_docs_page(app)
    install_handlers(app)
    # Each is around those before it.
    app.add_middleware(
        BodyLimit,
        max_bytes=parts.settings.max_body_bytes,
        larger={transcripts.PATH: MAX_BYTES, batches.PATH: batches.MAX_BYTES},
    )
    app.add_middleware(
        Door,
        keys=keys,
        hosts=Hosts(parts.settings.allowed_hosts),
        insecure=parts.settings.insecure,
    )
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(StartFailures)
    app.add_middleware(RequestIds)  # the last one is the outermost
    return app


def _name_app(
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]], *, wants_keys: bool
) -> Api:
    """Make an application without routes, as its documentation presents it."""
    return Api(
        wants_keys=wants_keys,
        title="Probewise",
        summary="Grades what a customer said against what a good answer sounds like.",
        description=_DESCRIPTION,
        version=__version__,
        openapi_tags=_TAGS,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "Any other problem"}},
    )


def _cut_query(record: logging.LogRecord) -> bool:
    """Cut the query, which may name people, off the path that uvicorn logs."""
    match record.args:
        case (client, method, str(path), *rest):
            record.args = (client, method, path.partition("?")[0], *rest)
    return True
