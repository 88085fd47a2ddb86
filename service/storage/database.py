"""The connection to the database that a URL names."""

import logging
from pathlib import Path

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from service.errors import ConfigurationError

__all__ = ["beside", "is_missing", "open_engine"]


def open_engine(url: str) -> AsyncEngine:
    """An engine whose errors never quote what was written; ConfigurationError for an unusable URL.

    SQLite runs with a write-ahead log, so that readers and a writer do not wait for each other,
    and writers queue for up to 30 seconds.
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


def beside(url: str) -> str:
    """The URL, without a driver, of another database beside this one: for runs of jobs.

    PostgreSQL keeps them in a schema of their own, SQLite in a file of its own. Raises
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


def is_missing(url: URL) -> bool:
    """Whether it names a SQLite file that is not there, which connecting would make."""
    name = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or name.startswith((":", "file:")):
        return False
    return not Path(name).exists()


def _unusable(error: Exception) -> ConfigurationError:
    """The URL may hold a password, so neither it nor the cause is repeated."""
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
