"""Files of a database that only their owner may read: they hold customers' words."""

import contextlib
import os
from pathlib import Path

from sqlalchemy import make_url

__all__ = ["make_private"]


def make_private(url: str) -> None:
    """Make the file of a SQLite database for its owner alone, if it is not there yet.

    SQLite gives its log, and what else it makes beside the file, the same permissions. A file that
    is there keeps its own. Raises OSError if the file can't be made.
    """
    where = make_url(url)
    name = where.database or ""
    if where.get_backend_name() != "sqlite" or not name or name.startswith((":", "file:")):
        return
    with contextlib.suppress(FileExistsError):
        os.close(os.open(Path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
