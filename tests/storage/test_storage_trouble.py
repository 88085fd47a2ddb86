"""Trouble with the database is told soon and by its name, and nothing is taken for stored."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from service.errors import StorageUnavailable
from service.storage.database import Database
from service.storage.grades import GradeRepository
from service.storage.trouble import describe_trouble
from tests.storage.test_grades import a_record

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grades.sqlite3"


@pytest.fixture
def lock(database: Database, file: Path) -> Iterator[sqlite3.Connection]:
    """Another process that has begun to write and does not end."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


async def test_a_lock_is_told_after_seconds_while_reading_goes_on(
    database: Database, grades: GradeRepository, lock: sqlite3.Connection
) -> None:
    started = time.monotonic()
    with pytest.raises(StorageUnavailable, match="locked"):
        await grades.save(a_record())
    assert time.monotonic() - started < 10
    with pytest.raises(StorageUnavailable, match="locked"):
        await database.check_writable()
    assert await database.is_ready()
    lock.execute("ROLLBACK")
    await database.check_writable()
    await grades.save(a_record())


async def test_many_who_wait_for_a_lock_are_told_as_soon(
    grades: GradeRepository, lock: sqlite3.Connection
) -> None:
    started = time.monotonic()
    saving = [grades.save(a_record(str(n))) for n in range(40)]
    told = await asyncio.gather(*saving, return_exceptions=True)
    assert all(isinstance(error, StorageUnavailable) for error in told)
    assert time.monotonic() - started < 16


async def test_tables_that_are_current_need_no_lock_to_start(
    elsewhere: Database, lock: sqlite3.Connection
) -> None:
    await elsewhere.upgrade()
    assert await elsewhere.is_ready()


async def test_a_full_disk_stores_nothing_and_is_told(url: str) -> None:
    database = Database(url)
    await database.upgrade()

    def leave_no_room(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # it rounds up to what is there

    event.listen(database._engine.sync_engine, "connect", leave_no_room)
    grades = GradeRepository(database)
    with pytest.raises(StorageUnavailable, match="full"):
        await grades.save(a_record(answer="word " * 40_000))
    await database.aclose()


async def test_what_is_written_to_a_deleted_file_is_not_taken_for_stored(
    database: Database, grades: GradeRepository, file: Path
) -> None:
    await grades.save(a_record("before"))
    for part in file.parent.iterdir():
        part.unlink()
    with pytest.raises(StorageUnavailable, match="gone"):
        await grades.save(a_record("after"))
    with pytest.raises(StorageUnavailable, match="gone"):
        await database.check_writable()
    assert list(file.parent.iterdir()) == []  # nor is an empty one put in its place


async def test_a_file_that_is_deleted_in_the_middle_of_a_write_is_noticed(
    database: Database, file: Path
) -> None:
    async def write() -> None:
        async with database.work() as session:
            await session.execute(text("UPDATE grades SET verdict = 'good'"))
            file.unlink()  # noqa: ASYNC240

    with pytest.raises(StorageUnavailable, match="gone"):
        await write()


async def test_a_file_that_was_put_in_the_place_of_a_deleted_one_is_used(
    database: Database, grades: GradeRepository, url: str, file: Path
) -> None:
    await grades.save(a_record("before"))
    for part in file.parent.iterdir():
        part.unlink()
    restored = Database(url)
    await restored.upgrade()
    await grades.save(a_record("after"))
    assert (await GradeRepository(restored).find("gr_after")).id == "gr_after"
    await restored.aclose()


async def test_a_check_leaves_nothing_behind(database: Database, file: Path) -> None:
    await asyncio.gather(*(database.check_writable() for _ in range(5)))
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM grades").fetchall() == [(0,)]


async def test_tables_that_were_dropped_are_trouble(
    grades: GradeRepository, database: Database, file: Path
) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE grades")
    with pytest.raises(StorageUnavailable, match="lost its tables"):
        await grades.save(a_record())


async def test_a_server_that_is_not_there_is_told() -> None:
    database = Database("postgresql+psycopg://nobody:s3cret@127.0.0.1:1/nothing")
    with pytest.raises(StorageUnavailable, match="can't be reached") as caught:
        await database.check_writable()
    assert "s3cret" not in str(caught.value)
    await database.aclose()


class ServerError(Exception):
    """An error of psycopg, as far as it is looked at."""

    def __init__(self, sqlstate: str | None, message: str = "") -> None:
        self.sqlstate = sqlstate
        super().__init__(message)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OperationalError("", {}, ServerError("53100")), "full"),
        (OperationalError("", {}, ServerError("55P03")), "locked"),
        (OperationalError("", {}, ServerError("57P01")), "can't be reached"),
        (OperationalError("", {}, ServerError(None, "server closed")), "can't be reached"),
        (ProgrammingError("", {}, ServerError("42P01")), "lost its tables"),
        (OperationalError("", {}, sqlite3.OperationalError("disk I/O error")), "disk"),
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), "locked"),
        (ConnectionRefusedError(), "can't be reached"),
    ],
)
def test_each_trouble_has_a_name(error: Exception, told: str) -> None:
    assert told in (describe_trouble(error) or "")


@pytest.mark.parametrize(
    "error", [ProgrammingError("", {}, ServerError("42601")), ValueError("database is locked")]
)
def test_a_mistake_of_ours_is_no_trouble_of_the_database(error: Exception) -> None:
    assert describe_trouble(error) is None
