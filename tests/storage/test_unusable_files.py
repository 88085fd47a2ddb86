"""A file that is no database of ours is named, with what to do, before anything is written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from service.errors import ConfigurationError
from service.storage.database import Database
from service.storage.upgrade import known_versions

pytestmark = pytest.mark.anyio


def write_text(file: Path) -> None:
    file.write_text("Notes of the call with Ada.\n" * 200)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9000])


def garble(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    whole[4096:40960] = b"\xff" * (40960 - 4096)
    file.write_bytes(whole)


def make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")


def make_foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE grades (pupil TEXT)")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (write_text, "damaged, or is no SQLite database"),
        (truncate, "damaged, or is no SQLite database"),
        (garble, "damaged, or is no SQLite database"),
        (make_newer, "newer release"),
        (make_foreign, "did not make"),
    ],
)
async def test_an_unusable_file_is_left_alone_and_explained(
    spoil: Callable[[Path], None], told: str, tmp_path: Path
) -> None:
    file = tmp_path / "grades.sqlite3"
    url = f"sqlite+aiosqlite:///{file}"
    database = Database(url)
    await database.upgrade()
    await database.aclose()
    spoil(file)
    before = file.read_bytes()[100:]  # behind the header, where the write-ahead log is turned on
    for ask in (Database.upgrade, Database.check):
        database = Database(url)
        with pytest.raises(ConfigurationError, match=told) as caught:
            await ask(database)
        await database.aclose()
        assert "PROBEWISE_DATABASE_URL" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert file.read_bytes()[100:] == before


async def test_a_sound_file_and_a_missing_one_pass(url: str, tmp_path: Path) -> None:
    database = Database(url)
    await database.check()
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
    await database.upgrade()
    await database.check()
    await database.aclose()


def test_the_known_versions_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert list(known_versions()) == [s.revision for s in scripts.walk_revisions()][::-1]
