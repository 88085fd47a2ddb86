"""The application as configured by the environment, for any ASGI server."""

import logging

from fastapi import FastAPI

from service.api.app import create_app
from service.settings import read_settings
from service.storage.grades import Grades
from service.wiring import build_assigner, build_catalogue, build_judge, build_runner

__all__ = ["app"]


def app() -> FastAPI:
    """Built anew on each call: `uvicorn --factory service.api.asgi:app`."""
    logging.getLogger("uvicorn.access").addFilter(_without_query)
    settings = read_settings()
    return create_app(
        build_catalogue(settings),
        build_judge(settings),
        build_assigner(settings),
        Grades(settings.database_url),
        build_runner(settings),
        settings=settings,
    )


def _without_query(record: logging.LogRecord) -> bool:
    """Cuts the query, in which names of people may stand, off the path that uvicorn logs."""
    match record.args:
        case (client, method, str(path), *rest):
            record.args = (client, method, path.partition("?")[0], *rest)
    return True
