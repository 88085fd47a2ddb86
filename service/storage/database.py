"""The one database of a process: its engine, its tables, and units of work on them."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, event, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import ConfigurationError
from service.storage.private_files import make_private
from service.storage.tables import GradeRow

__all__ = ["Database", "jobs_database_url", "open_engine"]

_ALEMBIC = threading.Lock()  # Alembic keeps its context in module globals


class Database:
    """All repositories of a process share one, safe to use from many tasks at once.

    `url` is an SQLAlchemy URL; ConfigurationError if it can't be used. Nothing is connected, and no
    file is made, before the first unit of work.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = open_engine(url)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[AsyncSession]:
        """Open a unit of work: one session, one transaction.

        It is committed at the end, and rolled back if anything is raised.
        """
        async with self._sessions.begin() as session:
            yield session

    async def upgrade(self) -> None:
        """Create or migrate the tables; change nothing if they are current.

        Any number of processes may start at once: they take turns. Raises ConfigurationError if
        the database can't be opened.
        """
        try:
            await asyncio.to_thread(_upgrade, self._url)
        except (OperationalError, OSError) as error:
            raise ConfigurationError(
                "PROBEWISE_DATABASE_URL: the database can't be opened; check that it is there and "
                f"that this user may write to it ({type(error).__name__})"
            ) from error

    async def is_ready(self) -> bool:
        """Tell whether the database answers and has its tables, without making a missing file."""
        if _is_missing(self._engine.url):
            return False
        try:
            async with self.work() as session:
                await session.execute(select(GradeRow.id).limit(1))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def aclose(self) -> None:
        """Give back all connections."""
        await self._engine.dispose()


def open_engine(url: str) -> AsyncEngine:
    """Open an engine whose errors never quote what was written.

    SQLite runs with a write-ahead log, so that readers and a writer do not wait for each other,
    and writers queue for up to 30 seconds. Raises ConfigurationError for an unusable URL.
    """
    try:
        is_remote = make_url(url).get_backend_name() != "sqlite"
        engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=is_remote)
    except (ArgumentError, InvalidRequestError, ModuleNotFoundError) as error:
        raise _unusable(error) from None
    if engine.dialect.name == "sqlite":
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # below, it logs what is written
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
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


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    config.attributes["url"] = url
    make_private(url)
    with _ALEMBIC:
        command.upgrade(config, "head")


def _is_missing(url: URL) -> bool:
    """Tell whether it names a SQLite file that is not there, which connecting would make."""
    name = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or name.startswith((":", "file:")):
        return False
    return not Path(name).exists()


def _unusable(error: Exception) -> ConfigurationError:
    """Name the setting alone: the URL may hold a password, and so may the cause."""
    return ConfigurationError(
        "PROBEWISE_DATABASE_URL can't be used: write sqlite+aiosqlite:///file.sqlite3 "
        f"or postgresql+psycopg://... ({type(error).__name__})"
    )


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # The timeout comes first: turning the log on waits for other connections too.
    for pragma in (
        "busy_timeout=30000",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
