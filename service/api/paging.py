"""Pages of long lists: how many entries, from where on, and from which time."""

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from service.errors import InvalidRequest
from service.problem_kinds import FieldFault
from service.records import Frozen

__all__ = [
    "CursorQuery",
    "LimitQuery",
    "ListQuery",
    "NextCursor",
    "YesOrNo",
    "cut_page",
    "read_cursor",
]

_PlaceT = TypeVar("_PlaceT", bound=BaseModel)
_EntryT = TypeVar("_EntryT")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*", re.ASCII)

LimitQuery = Annotated[int, Field(ge=1, le=200, description="How many entries at most.")]
CursorQuery = Annotated[
    str | None, Field(description="`next_cursor` of the page before; send the same filters again.")
]
NextCursor = Annotated[str | None, Field(description="Null on the last page.")]


def _read_instant(value: object) -> object:
    """Refuse what pydantic takes for a time without being asked, such as a bare number."""
    if isinstance(value, str) and not _INSTANT.fullmatch(value):
        raise PydanticCustomError("no_instant", "Should be a time with its zone")
    return value


def _place_in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("no_instant", "Should be a time with its zone") from None


def _read_yes_or_no(value: object) -> object:
    if isinstance(value, str) and value.casefold() not in {"true", "false"}:
        raise PydanticCustomError("no_boolean", "Should be true or false")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_read_instant), AfterValidator(_place_in_utc)]
"""A time in the form of RFC 3339, with its zone."""
YesOrNo = Annotated[bool, BeforeValidator(_read_yes_or_no)]


class ListQuery(Frozen):
    """The part of a query that all lists of what was stored have; they add their filters.

    Filters that are left out do not matter.
    """

    since: Annotated[
        Instant | None,
        Field(description="The earliest `created_at`: RFC 3339 with a zone; write `+` as `%2B`."),
    ] = None
    until: Annotated[Instant | None, Field(description="Only what was created before.")] = None
    limit: LimitQuery = 50
    cursor: CursorQuery = None

    def list_filters(self) -> dict[str, Any]:
        """Everything but the page, by name."""
        return self.model_dump(exclude={"limit", "cursor"})


def cut_page(
    found: Sequence[_EntryT], limit: int, place: type[BaseModel]
) -> tuple[Sequence[_EntryT], str | None]:
    """Cut a page off what was found, and make the cursor of the next one.

    `found` has one entry more than the page if there are more; the cursor is None if not.
    """
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    values = {name: getattr(last, name) for name in place.model_fields}
    content = place.model_validate(values).model_dump_json()
    return found[:limit], base64.urlsafe_b64encode(content.encode()).decode()


def read_cursor(text: str | None, place: type[_PlaceT]) -> _PlaceT | None:
    """Read a cursor that was given here; InvalidRequest if it was not."""
    if not text:
        return None
    try:
        found = place.model_validate_json(base64.urlsafe_b64decode(text))
        for value in dict(found).values():
            if isinstance(value, datetime):
                value.astimezone(UTC)
    except (ValueError, OverflowError):
        fault = FieldFault(pointer="/cursor", detail="Should be a cursor that was given here")
        raise InvalidRequest([fault]) from None
    return found
