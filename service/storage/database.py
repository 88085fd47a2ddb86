"""The one database of a process: its engine, its tables, and units of work on them."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, delete, event, insert, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import ConfigurationError, StorageUnavailable
from service.storage.sqlite_file import SqliteFile
from service.storage.tables import GradeRow
from service.storage.trouble import SLOW, describe_trouble
from service.storage.upgrade import check_tables, explain_unusable, upgrade_tables

__all__ = ["Database", "jobs_database_url", "open_engine"]

_PATIENCE_S = 4.0  # a caller over HTTP is told after so long, and may come again
_GONE = "the database file is gone"


class Database:
    """All repositories of a process share one, safe to use from many tasks at once.

    `url` is an SQLAlchemy URL; ConfigurationError if it can't be used. Nothing is connected, and no
    file is made, before `upgrade`.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._url = make_url(url)
        self._file = SqliteFile.of(self._url)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        # SQLite has one writer at a time, and lets the others poll for their turn. Among ourselves
        # a queue is faster, and nobody starves.
        self._writing = asyncio.Semaphore(1 if self._url.get_backend_name() == "sqlite" else 64)
        self._checking = asyncio.Lock()

    @asynccontextmanager
    async def work(self) -> AsyncIterator[AsyncSession]:
        """Open a unit of work: one session, one transaction.

        It is committed at the end, and rolled back if anything is raised. Raises StorageUnavailable
        after a few seconds if the database is locked, full, gone or out of reach.
        """
        await self._find_file()
        try:
            async with self._sessions.begin() as session:
                yield session
        except (SQLAlchemyError, OSError) as error:
            trouble = describe_trouble(error)
            if trouble is None:
                raise
            raise StorageUnavailable(trouble) from error
        # Deleted meanwhile: what was written is nowhere.
        if self._file is not None and not self._file.is_ours:
            raise StorageUnavailable(_GONE)

    @asynccontextmanager
    async def change(self) -> AsyncIterator[AsyncSession]:
        """Open a unit of work that writes; see work."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._writing.acquire()
        except TimeoutError as error:
            raise StorageUnavailable(SLOW) from error
        try:
            async with self.work() as session:
                yield session
        finally:
            self._writing.release()

    async def upgrade(self) -> None:
        """Create or migrate the tables; change nothing if they are current.

        Any number of processes may start at once: they take turns. Raises ConfigurationError if
        the database can't be opened, is damaged, or is of a newer release.
        """
        await upgrade_tables(self._url)
        if self._file is not None:
            self._file.accept()

    async def check(self) -> None:
        """Raise ConfigurationError if what is there is damaged, newer, or of another program.

        Nothing is made or changed; that nothing is there is no fault.
        """
        if self._file is not None and not self._file.is_there:
            return
        try:
            async with self._engine.connect() as connection:
                await connection.run_sync(check_tables)
        except (SQLAlchemyError, OSError) as error:
            raise explain_unusable(self._url, error) from error

    async def is_ready(self) -> bool:
        """Tell whether the database answers and has its tables, without making a missing file."""
        try:
            async with self.work() as session:
                await session.execute(select(GradeRow.id).limit(1))
        except (StorageUnavailable, SQLAlchemyError):
            return False
        return True

    async def check_writable(self) -> None:
        """Write a row and delete it again; raise StorageUnavailable if that can't be done.

        Reading tells neither a full disk nor a lock. One check runs at a time.
        """
        name = f"check_{secrets.token_hex(12)}"
        async with self._checking, self.change() as session:
            await session.execute(insert(GradeRow).values(_an_empty_grade(name)))
            await session.execute(delete(GradeRow).filter_by(id=name))

    async def aclose(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()

    async def _find_file(self) -> None:
        """Refuse to go on without the file; open anew one that was put in its place."""
        if self._file is None or self._file.is_ours:
            return
        if not self._file.is_there:
            raise StorageUnavailable(_GONE)
        await self._engine.dispose()
        self._file.accept()


def open_engine(url: str | URL, *, patience_s: float = _PATIENCE_S) -> AsyncEngine:
    """Open an engine whose errors never quote what was written.

    SQLite runs with a write-ahead log, so that readers and a writer do not wait for each other.
    Whoever must wait for a lock or a connection gives up after `patience_s`. Raises
    ConfigurationError for an unusable URL.
    """
    try:
        known = make_url(url)
        engine = create_async_engine(known, hide_parameters=True, **_options(known, patience_s))
    except (ArgumentError, InvalidRequestError, ModuleNotFoundError) as error:
        raise _unusable(error) from None
    if engine.dialect.name == "sqlite":
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # below, it logs what is written

        def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
            _prepare_sqlite(connection, patience_s)

        event.listen(engine.sync_engine, "connect", prepare)
    return engine


def jobs_database_url(url: str) -> str:
    """Name the database for the runs of jobs that belongs to this one, without a driver.

    PostgreSQL keeps the runs in a schema of their own, SQLite in a file next to this one. Raises
    ConfigurationError for an unusable URL.
    """
    try:
        own = make_url(url)
    except ArgumentError as error:
        raise _unusable(error) from None
    if own.get_backend_name() == "sqlite":
        file = Path(own.database or "probewise.sqlite3")
        own = own.set(database=str(file.with_suffix(f".jobs{file.suffix}")))
    return own.set(drivername=own.get_backend_name()).render_as_string(hide_password=False)


def _options(url: URL, patience_s: float) -> dict[str, Any]:
    """Choose what a kind of database needs so that nobody waits for it for ever."""
    if url.get_backend_name() == "sqlite":
        return {"pool_timeout": patience_s} if SqliteFile.of(url) else {}
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_timeout": patience_s}
    if url.drivername == "postgresql+psycopg":
        lock_ms = round(patience_s * 1000)
        ours: dict[str, str | int] = {
            "connect_timeout": max(2, round(patience_s)),
            "tcp_user_timeout": 2 * lock_ms,
            "keepalives_idle": 10,
            "options": f"-c lock_timeout={lock_ms}",
        }
        # What the URL says itself wins.
        options["connect_args"] = {name: ours[name] for name in ours.keys() - url.query.keys()}
    return options


def _unusable(error: Exception) -> ConfigurationError:
    """Name the setting alone: the URL may hold a password, and so may the cause."""
    return ConfigurationError(
        "PROBEWISE_DATABASE_URL can't be used: write sqlite+aiosqlite:///file.sqlite3 "
        f"or postgresql+psycopg://... ({type(error).__name__})"
    )


def _prepare_sqlite(connection: DBAPIConnection, patience_s: float) -> None:
    cursor = connection.cursor()
    # The timeout comes first: turning the log on waits for other connections too.
    for pragma in (
        f"busy_timeout={round(patience_s * 1000)}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _an_empty_grade(name: str) -> dict[str, object]:
    return {
        "id": name,
        "question_id": "",
        "verdict": "",
        "answer": "",
        "created_at": datetime.now(UTC),
        "schema_version": 2,
        "grade": {},
    }
