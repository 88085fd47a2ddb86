"""The file of a SQLite database: whether it is still the one that our connections have open."""

from pathlib import Path

from sqlalchemy import URL

__all__ = ["SqliteFile"]


class SqliteFile:
    """Watches one file, because SQLite goes on writing into a file that was deleted.

    What is written then is gone with the last connection, and no error says so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = self._identify()

    @classmethod
    def of(cls, url: URL) -> "SqliteFile | None":
        """Watch the file that the URL names; None if the database is no file."""
        name = url.database or ":memory:"
        if url.get_backend_name() != "sqlite" or name.startswith((":", "file:")):
            return None
        return cls(Path(name).absolute())

    @property
    def is_there(self) -> bool:
        return self._identify() is not None

    @property
    def is_ours(self) -> bool:
        """True if the file is the one that was there when it was last accepted."""
        return self._known is not None and self._identify() == self._known

    def accept(self) -> None:
        """Take the file that is there now for ours; the connections must be new ones."""
        self._known = self._identify()

    def _identify(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
