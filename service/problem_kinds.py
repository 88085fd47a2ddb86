"""The problem that an error is answered with over HTTP (RFC 9457), without any HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from service.records import Frozen

__all__ = ["FieldFault", "ProblemKind"]


class FieldFault(Frozen):
    """One thing to change in the request."""

    pointer: Annotated[
        str,
        Field(
            description="JSON Pointer into the body or to a query parameter. An unknown field "
            "whose name does not look like one is not repeated: its parent is pointed at."
        ),
    ]
    detail: str


@dataclass(frozen=True)
class ProblemKind:
    """The problem that an error is answered with (RFC 9457), apart from its own facts.

    `detail` says what to do and holds no word of the customer; None if the error's message does
    that by itself. `fields` are the types of further members, whose values are the error's facts.
    `schema` and `description` are its name, by which generated clients know it, and its text in the
    OpenAPI document; by default those of the error's class.
    """

    status: int
    title: str
    detail: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    schema: str | None = None
    description: str | None = None

    @property
    def type(self) -> str:
        """The URN that clients compare; it never changes."""
        return f"urn:probewise:problem:{self.title.lower().replace(' ', '-')}"
