"""The application over a real SQLite database and a fake judge."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from service.api.app import create_app
from service.settings import Settings
from service.wiring import Parts
from tests.fakes import FakeAssigner, FakeJudge, fake_parts


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite+aiosqlite:///{tmp_path}/grades.sqlite3", max_body_bytes=100_000
    )


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def assigner() -> FakeAssigner:
    return FakeAssigner()


@pytest.fixture
def parts(settings: Settings, judge: FakeJudge, assigner: FakeAssigner) -> Parts:
    return fake_parts(settings, judge, assigner)


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    return create_app(parts)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        yield client
