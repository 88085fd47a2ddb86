"""Bring the tables of a database up to this release, or say why that can't be done."""

import asyncio
import threading

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from service.errors import ConfigurationError
from service.storage.trouble import LOCKED, describe_trouble, is_damaged

__all__ = ["upgrade_tables"]

_ALEMBIC = threading.Lock()  # Alembic keeps its context in module globals


async def upgrade_tables(url: URL) -> None:
    """Create or migrate the tables; raise ConfigurationError if the database can't be used.

    Its message names the file, but no URL, which may hold a password.
    """
    try:
        await asyncio.to_thread(_upgrade, url)
    except (SQLAlchemyError, OSError) as error:
        raise ConfigurationError(_explain(url, error)) from error


def _upgrade(url: URL) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    config.attributes["url"] = url
    with _ALEMBIC:
        command.upgrade(config, "head")


def _explain(url: URL, error: SQLAlchemyError | OSError) -> str:
    setting = "PROBEWISE_DATABASE_URL"
    if isinstance(error, SQLAlchemyError) and is_damaged(error):
        return (
            f"{url.database}: this file is damaged, or is no SQLite database. Restore it from a "
            f"backup, or name another file in {setting}; a new one is made if there is none"
        )
    if describe_trouble(error) == LOCKED:
        return f"{setting}: {LOCKED}; end what holds it, or start again later"
    return (
        f"{setting}: the database can't be opened; check that it is there and "
        f"that this user may write to it ({type(error).__name__})"
    )
