"""What Alembic runs for each command: connect, lock, migrate."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from service.storage.database import open_engine
from service.storage.tables import Base
from service.storage.upgrade import check_tables

_PATIENCE_S = 30.0  # for another process that migrates
_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7762397101)",  # any number only Probewise uses
}


def migrate(connection: Connection) -> None:
    """Two processes that start at once take turns; the second then finds nothing to do."""
    # Tables that are current are left alone, so that a start needs no lock.
    if not check_tables(connection):
        connection.execute(text(_LOCKS[connection.dialect.name]))
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True
        )
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
