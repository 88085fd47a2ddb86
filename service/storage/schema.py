"""Brings a database's tables up to this release."""

import asyncio
import threading

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from service.errors import ConfigurationError

__all__ = ["upgrade"]

_ALEMBIC = threading.Lock()  # Alembic keeps its context in module globals


async def upgrade(url: str) -> None:
    """Create or migrate the tables; does nothing where they are current.

    Any number of processes may start at once: they take turns. Raises ConfigurationError where
    the database can't be opened.
    """
    try:
        await asyncio.to_thread(_upgrade, url)
    except (OperationalError, OSError) as error:
        raise ConfigurationError(
            "PROBEWISE_DATABASE_URL: the database can't be opened; check that it is there and "
            f"that this user may write to it ({type(error).__name__})"
        ) from error


def _upgrade(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    config.attributes["url"] = url
    with _ALEMBIC:
        command.upgrade(config, "head")
