"""Define the base of every record that comes from a file, a request or a model."""

from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["Frozen", "first_fault"]


class Frozen(BaseModel):
    """A record that refuses unknown fields, never changes, and repeats no input in its errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def first_fault(error: ValidationError) -> str:
    """Say where a record is wrong, and how: `key.judge: Field required`; never what it holds."""
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
