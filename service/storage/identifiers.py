"""Names that others give: what every database keeps and finds again."""

from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

__all__ = ["Identifier", "is_identifier"]

Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")
]
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


def is_identifier(text: str) -> bool:
    """Whether anything kept may have this name."""
    try:
        _IDENTIFIER.validate_python(text)
    except ValidationError:
        return False
    return True
