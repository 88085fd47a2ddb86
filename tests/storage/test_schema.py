"""The migrations make the tables that the code expects."""

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from service.errors import ConfigurationError
from service.storage.database import Database, open_engine
from service.storage.tables import Base

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


async def upgrade(url: str) -> None:
    database = Database(url)
    await database.upgrade()
    await database.aclose()


async def test_the_migrations_and_the_models_agree(url: str) -> None:
    await upgrade(url)
    engine = open_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_upgrading_twice_or_at_the_same_time_is_harmless(url: str) -> None:
    await asyncio.gather(upgrade(url), upgrade(url))
    await upgrade(url)


def upgrade_in_this_process(url: str) -> None:
    asyncio.run(upgrade(url))


def test_processes_that_start_at_the_same_time_take_turns(url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(upgrade_in_this_process, [url] * 8, chunksize=1)


async def test_a_path_with_a_percent_sign_and_spaces_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "50% of all"
    folder.mkdir()
    await upgrade(f"sqlite+aiosqlite:///{folder}/grades.sqlite3")
    assert (folder / "grades.sqlite3").exists()


async def test_a_database_that_can_not_be_opened_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PROBEWISE_DATABASE_URL"):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path}/nowhere/grades.sqlite3")


@pytest.mark.parametrize(
    "url",
    [
        "not a url with s3cret",
        "mystery://user:s3cret@host/db",
        "sqlite:///s3cret.sqlite3",
        "postgresql+mystery://user:s3cret@host/db",
    ],
)
def test_an_unusable_url_names_the_setting_and_keeps_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PROBEWISE_DATABASE_URL") as caught:
        Database(url)
    assert "s3cret" not in str(caught.value)


async def test_sqlite_writes_ahead_and_waits_for_other_writers(url: str) -> None:
    engine = open_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA busy_timeout")) == 4_000
    await engine.dispose()
