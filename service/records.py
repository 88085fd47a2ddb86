"""Define the base of every record that comes from a file, a request or a model."""

import re

from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["Frozen", "first_fault", "is_field_name", "list_faults"]

_LISTED = 20
_NAMED = 8
# As fields are written. A customer's words and names are not: they have spaces, or a capital first.
_FIELD_NAME = re.compile(r"[a-z_][A-Za-z0-9_-]{0,39}")


class Frozen(BaseModel):
    """A record that refuses unknown fields, never changes, and repeats no input in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def first_fault(error: ValidationError) -> str:
    """Say where a record is wrong, and how: `key.judge: Field required`; never what it holds."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]


def list_faults(error: ValidationError, document: object = None) -> str:
    """List everything that is wrong, as `text: Field required; speakerId: Unknown field`.

    It holds nothing of the input but names of fields, and only if they look like such. With the
    `document`, a missing field is told together with those that are in its place.
    """
    faults = error.errors(include_url=False, include_input=False)
    listed = [
        _describe(fault["type"], fault["loc"], fault["msg"], document) for fault in faults[:_LISTED]
    ]
    more = len(faults) - len(listed)
    return "; ".join([*listed, f"and {more:,} more"] if more else listed)


def is_field_name(key: object) -> bool:
    """Tell whether an unknown field's name can be repeated, for it can be no customer's words."""
    return isinstance(key, str) and _FIELD_NAME.fullmatch(key) is not None


def _describe(kind: str, steps: tuple[int | str, ...], message: str, document: object) -> str:
    if kind == "extra_forbidden":
        message = "Unknown field"
        if not is_field_name(steps[-1]):
            steps, message = steps[:-1], "Holds an unknown field"
    elif kind == "missing":
        there = [key for key in _find_keys(document, steps[:-1]) if is_field_name(key)]
        if there:
            message += f" (there are {', '.join(there[:_NAMED])})"
    where = ".".join(str(step) for step in steps)
    return f"{where}: {message}" if where else message


def _find_keys(document: object, steps: tuple[int | str, ...]) -> list[str]:
    for step in steps:
        try:
            document = document[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return []
    return list(document) if isinstance(document, dict) else []
