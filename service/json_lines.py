"""Files of JSON lines that a crash can't spoil: whole lines are kept, the rest is done again."""

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
    """The keys of a file's finished lines; the file is rewritten to hold just those.

    `key` gives None for a line that is to be done again and raises ValueError for one that `writer`
    did not write; a last line cut off by a crash begins with `opening` and is dropped. Raises
    ConfigurationError, and changes nothing, where the file holds anything else.
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
    fresh.replace(file)
    return set(kept)


def _is_torn(last: bytes, opening: bytes) -> bool:
    """Whether a last line without an end begins as ours do, but is not whole JSON."""
    try:
        json.loads(last)
    except ValueError:
        return last.startswith(opening[: len(last)])
    return False
