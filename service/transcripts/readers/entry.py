"""Make the entries that every reader yields: turns, and notes on what could not become one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from service.errors import UnreadableSource
from service.transcripts.turns import LATEST_MS, NOBODY, Side, Skipped, Turn, flatten_text

__all__ = ["Entries", "Speaker", "count_ms", "make_turn", "split_lines"]

_MOST_LINES = 100_000

Entries = Iterator[Turn | Skipped]


@dataclass(frozen=True)
class Speaker:
    """A speaker, as far as the source names one."""

    id: str = NOBODY
    name: str | None = None
    email: str | None = None
    side: Side = Side.UNKNOWN


def split_lines(text: str) -> list[str]:
    """Split a text into its lines; UnreadableSource for more than 100,000.

    A reader that looks at all lines before it makes the first turn is bounded by this.
    """
    if text.count("\n") > _MOST_LINES:
        raise UnreadableSource(f"more than {_MOST_LINES:,} lines; split it", line=_MOST_LINES + 1)
    return text.split("\n")


def count_ms(hours: str | None, minutes: str | None, seconds: str, part: str | None = None) -> int:
    """Count the ms of a clock's digits; `part` is what stands behind the point, if anything."""
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * 1000 + int((part or "").ljust(3, "0")[:3])


def make_turn(
    text: object,
    by: Speaker,
    *,
    line: int | None,
    start_ms: float | None = None,
    end_ms: float | None = None,
    confidence: float | None = None,
    heading: int | None = None,
) -> Entries:
    """Make a turn if there is text, and a Skipped for each part of it that can't be used.

    A turn is never lost for its times or confidence: an impossible time (NaN, beyond 2^53 ms, an
    end before its start) is left out. A negative time becomes the start of the call.
    """
    if not isinstance(text, str) or not flatten_text(text):
        yield Skipped(line=line, reason="no text")
        return
    start, end, sure = _check_time(start_ms), _check_time(end_ms), _check_probability(confidence)
    if start is not None and end is not None and end < start:
        end = None
    yield Turn(
        speaker_id=by.id,
        name=by.name,
        email=by.email,
        side=by.side,
        start_ms=start,
        end_ms=end,
        text=text,
        confidence=sure,
        line=line,
        heading=heading,
    )
    for what, given, used in (
        ("start", start_ms, start),
        ("end", end_ms, end),
        ("confidence", confidence, sure),
    ):
        if given is not None and used is None:
            yield Skipped(line=line, reason=f"its {what} can't be used; the turn is kept without")


def _check_time(ms: float | None) -> int | None:
    if ms is None or not math.isfinite(ms) or ms > LATEST_MS:
        return None
    return max(0, round(ms))


def _check_probability(confidence: float | None) -> float | None:
    return confidence if confidence is not None and 0 <= confidence <= 1 else None
