"""What Alembic runs for each command: connect, lock, migrate."""

import asyncio

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from service.errors import ConfigurationError
from service.storage.database import open_engine
from service.storage.tables import Base

_PATIENCE_S = 30.0  # for another process that migrates
_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7762397101)",  # any number only Probewise uses
}


def is_current(connection: Connection) -> bool:
    """Tell whether there is nothing to do; raise ConfigurationError for a version unknown here."""
    found = set(MigrationContext.configure(connection).get_current_heads())
    known = {script.revision for script in context.script.walk_revisions()}
    if unknown := found - known:
        raise ConfigurationError(
            "PROBEWISE_DATABASE_URL: the database was written by a newer release of Probewise, or "
            f"by another program (its tables are of version {min(unknown)[:40]!r}, this release "
            f"knows {max(known)!r} at most). Install that release, or name another database"
        )
    return found == set(context.script.get_heads())


def refuse_others(connection: Connection) -> None:
    """Raise ConfigurationError if there are tables of our names that we did not make."""
    taken = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
    if taken and not MigrationContext.configure(connection).get_current_heads():
        raise ConfigurationError(
            f"PROBEWISE_DATABASE_URL: the database has a table {taken[0]!r} that Probewise did not "
            "make; name another database"
        )


def migrate(connection: Connection) -> None:
    """Two processes that start at once take turns; the second then finds nothing to do."""
    # Tables that are current are left alone, so that a start needs no lock.
    if is_current(connection):
        return
    connection.execute(text(_LOCKS[connection.dialect.name]))
    refuse_others(connection)
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def main(url: str) -> None:
    engine = open_engine(url, patience_s=_PATIENCE_S)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    except DBAPIError:
        await asyncio.sleep(0.1)  # aiosqlite's thread still tells this loop that it can't connect
        raise
    finally:
        await engine.dispose()


asyncio.run(main(context.config.attributes["url"]))
