"""A real SQLite database with its tables."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.storage.database import Database
from service.storage.grades import GradeRepository


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/grades.sqlite3"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.upgrade()
    yield database
    await database.aclose()


@pytest.fixture
async def elsewhere(database: Database, url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    other = Database(url)
    yield other
    await other.aclose()


@pytest.fixture
def grades(database: Database) -> GradeRepository:
    return GradeRepository(database)
