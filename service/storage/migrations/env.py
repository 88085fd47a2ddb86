"""What Alembic runs for each command: connect, lock, migrate."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from service.storage.database import open_engine
from service.storage.tables import Base

_LOCKS = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7762397101)",  # any number only Probewise uses
}


def migrate(connection: Connection) -> None:
    """Two processes that start at once take turns; the second then finds nothing to do."""
    connection.execute(text(_LOCKS[connection.dialect.name]))
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def main(url: str) -> None:
    engine = open_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    except OperationalError:
        await asyncio.sleep(0.1)  # aiosqlite's thread still tells this loop that it can't connect
        raise
    finally:
        await engine.dispose()


asyncio.run(main(context.config.attributes["url"]))
