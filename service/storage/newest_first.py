"""Lists of what was stored that begin with the newest: their pages, and the time they are of."""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Select, and_, or_

from service.records import Frozen
from service.storage.identifiers import Identifier
from service.storage.tables import GradeRow, JobRow

__all__ = ["Place", "TimeFilter", "list_time_conditions", "select_page"]

Row = type[GradeRow] | type[JobRow]
Query = TypeVar("Query", bound=Select[Any])


class Place(Frozen):
    """The place of a grade or a job in a list, which begins with the newest."""

    id: Identifier
    created_at: AwareDatetime


class TimeFilter(Frozen):
    """Says when what is listed was created; what is None does not matter.

    `since` is the first instant that counts, `until` the first that does not any more.
    """

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def select_page(query: Query, row: Row, limit: int, after: Place | None) -> Query:
    """Have a query give at most so many rows that come after a place, the newest first."""
    page = query.order_by(row.created_at.desc(), row.id.desc()).limit(limit)
    if after is None:
        return page
    same_time = and_(row.created_at == after.created_at, row.id < after.id)
    return page.where(or_(row.created_at < after.created_at, same_time))


def list_time_conditions(row: Row, wanted: TimeFilter) -> Iterator[ColumnElement[bool]]:
    """List what a row must meet to be of the wanted time."""
    if wanted.since is not None:
        yield row.created_at >= wanted.since
    if wanted.until is not None:
        yield row.created_at < wanted.until
