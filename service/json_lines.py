"""Continue files of JSON lines after a crash: whole lines stay, the rest is done again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from service.errors import ConfigurationError

__all__ = ["keep_lines"]

Key = TypeVar("Key")


def keep_lines(
    file: Path, key: Callable[[bytes], Key | None], *, opening: bytes, writer: str
) -> set[Key]:
    """Rewrite a file to its finished lines only, and give their keys.

    `key` gives None for a line that is to be done again, and raises ValueError for one that
    `writer` did not write. A last line that a crash cut off begins with `opening` and is dropped.
    Raises ConfigurationError, and changes nothing, if the file holds anything else.
    """
    if not file.exists():
        return set()
    kept: dict[Key, bytes] = {}
    *lines, last = file.read_bytes().split(b"\n")  # a quote may hold other line separators
    for number, line in enumerate(lines if _is_torn(last, opening) else [*lines, last], 1):
        if not line.strip():
            continue
        try:
            name = key(line)
        except ValueError as error:
            raise ConfigurationError(
                f"{file}:{number}: not a line that {writer} wrote; choose another --output"
            ) from error
        if name is not None:
            kept[name] = line
    fresh = file.with_name(f"{file.name}.partial")
    fresh.write_bytes(b"".join(line + b"\n" for line in kept.values()))
    fresh.replace(file)  # in one step: a second crash leaves the old file or the new one
    return set(kept)


def _is_torn(last: bytes, opening: bytes) -> bool:
    """Tell whether a last line without an end begins as ours do, but is not whole JSON."""
    try:
        json.loads(last)
    except ValueError:
        return last.startswith(opening[: len(last)])
    return False
