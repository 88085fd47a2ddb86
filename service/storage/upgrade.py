"""Bring the tables of a database up to this release, or say why that can't be done."""

import asyncio
import threading
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from service.errors import ConfigurationError
from service.storage.private_files import make_private
from service.storage.tables import Base
from service.storage.trouble import LOCKED, describe_trouble, is_damaged

__all__ = ["check_tables", "explain_unusable", "known_versions", "upgrade_tables"]

_ALEMBIC = threading.Lock()  # Alembic keeps its context in module globals
_SETTING = "PROBEWISE_DATABASE_URL"
_QUICKLY_CHECKED = 256 * 1024 * 1024  # bytes; reading them takes a second at most


async def upgrade_tables(url: URL) -> None:
    """Create or migrate the tables; raise ConfigurationError if the database can't be used.

    Its message names the file, but no URL, which may hold a password.
    """
    try:
        await asyncio.to_thread(_upgrade, url)
    except (SQLAlchemyError, OSError) as error:
        raise explain_unusable(url, error) from error


def check_tables(connection: Connection) -> bool:
    """Tell whether the tables are those of this release; false if they are older, or not there.

    Raises ConfigurationError for those of a newer release or of another program, and if SQLite
    finds its file damaged.
    """
    url, known = connection.engine.url, known_versions()
    if _is_broken(connection):
        raise ConfigurationError(_describe_damage(url))
    there = set(inspect(connection).get_table_names())
    found: set[str] = set()
    if "alembic_version" in there:
        found = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    if unknown := found - set(known):
        raise ConfigurationError(
            f"{_SETTING}: the database was written by a newer release of Probewise, or by another "
            f"program (its tables are of version {min(unknown)[:40]!r}, this release knows "
            f"{known[-1]!r} at most). Install that release, or name another database"
        )
    if not found and (taken := there & set(Base.metadata.tables)):
        raise ConfigurationError(
            f"{_SETTING}: the database has a table {min(taken)!r} that Probewise did not make; "
            "name another database"
        )
    return found == {known[-1]}


@cache
def known_versions() -> tuple[str, ...]:
    """List the versions of the tables that this release knows, oldest first."""
    folder = Path(__file__).parent / "migrations" / "versions"
    return tuple(sorted(file.name.partition("_")[0] for file in folder.glob("[0-9]*.py")))


def explain_unusable(url: URL, error: Exception) -> ConfigurationError:
    """Say why the database can't be opened, and what to do."""
    if isinstance(error, SQLAlchemyError) and is_damaged(error):
        return ConfigurationError(_describe_damage(url))
    if describe_trouble(error) == LOCKED:
        return ConfigurationError(f"{_SETTING}: {LOCKED}; end what holds it, or start again later")
    return ConfigurationError(
        f"{_SETTING}: the database can't be opened; check that it is there and "
        f"that this user may write to it ({type(error).__name__})"
    )


def _upgrade(url: URL) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "service.storage:migrations")
    config.attributes["url"] = url
    make_private(url.render_as_string(hide_password=False))
    with _ALEMBIC:
        command.upgrade(config, "head")


def _is_broken(connection: Connection) -> bool:
    """Let SQLite look for damage, if the file is small enough not to keep the start waiting."""
    file = connection.engine.url.database
    if connection.dialect.name != "sqlite" or not file or not Path(file).is_file():
        return False
    if Path(file).stat().st_size > _QUICKLY_CHECKED:
        return False
    return str(connection.scalar(text("PRAGMA quick_check(1)"))) != "ok"


def _describe_damage(url: URL) -> str:
    return (
        f"{url.database}: this file is damaged, or is no SQLite database. Restore it from a "
        f"backup, or name another file in {_SETTING}; a new one is made if there is none"
    )
