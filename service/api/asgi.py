"""The application as configured by the environment, for any ASGI server."""

from fastapi import FastAPI

from service.api.app import create_app
from service.settings import read_settings
from service.storage.grades import Grades
from service.wiring import build_assigner, build_catalogue, build_judge

__all__ = ["app"]


def app() -> FastAPI:
    """Built anew on each call: `uvicorn --factory service.api.asgi:app`."""
    settings = read_settings()
    return create_app(
        build_catalogue(settings),
        build_judge(settings),
        build_assigner(settings),
        Grades(settings.database_url),
        settings=settings,
    )
