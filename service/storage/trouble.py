"""Tell storage trouble, which may pass, from an error of the program, which does not."""

from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = ["LOCKED", "SLOW", "describe_trouble", "is_damaged"]

SLOW = "the database is too slow for what is asked of it"
LOCKED = "the database is locked by another process"
_UNREACHABLE = "the database can't be reached"
_NO_TABLES = "the database has lost its tables"
_DAMAGED = "the database file is damaged, or is none"
_READ_ONLY = "the database can only be read"
_FULL = "the disk of the database is full"

# What SQLite says, and nothing else but its codes: these texts have not changed in ten years.
_SQLITE = {
    "is locked": LOCKED,
    "is full": _FULL,
    "readonly database": _READ_ONLY,
    "not a database": _DAMAGED,
    "malformed": _DAMAGED,
    "no such table": _NO_TABLES,
    "no such column": _NO_TABLES,
    "disk I/O error": "the disk of the database can't be read or written",
    "unable to open": "the database file can't be opened",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "53100": _FULL,
    "55P03": LOCKED,
    "57014": LOCKED,  # a statement took too long, as it waited for someone
    "40P01": LOCKED,
    "25006": _READ_ONLY,
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
    "42501": _READ_ONLY,
}
# Of these only the codes above are trouble; the rest is a statement that is wrong.
_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


def describe_trouble(error: Exception) -> str | None:
    """Say what is wrong with the database, in words without any of its content.

    None if nothing is: the statement was wrong, or broke a constraint.
    """
    if isinstance(error, PoolTimeout):
        return SLOW
    if isinstance(error, OSError):
        return _UNREACHABLE
    if not isinstance(error, DBAPIError):
        return None
    code = getattr(error.orig, "sqlstate", None)
    if code in _POSTGRESQL:
        return _POSTGRESQL[code]
    text = str(error.orig)
    found = next((told for part, told in _SQLITE.items() if part in text), None)
    if found and not isinstance(error, DataError | IntegrityError):
        return found
    is_trouble = isinstance(error, DatabaseError | InterfaceError) and not isinstance(error, _OURS)
    return _UNREACHABLE if is_trouble or error.connection_invalidated else None


def is_damaged(error: SQLAlchemyError) -> bool:
    """Tell whether the file is no SQLite database, or a broken one."""
    return describe_trouble(error) == _DAMAGED
