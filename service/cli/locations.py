"""Describe where something was said, as a person reads it."""

from collections.abc import Sequence
from itertools import groupby

from service.assignment.passages import Moment, SourceLocation
from service.cli.console import visible
from service.transcripts.turns import NOTES

__all__ = [
    "describe_lines",
    "describe_location",
    "describe_moments",
    "format_clock",
    "is_in_notes",
]

_MOST_LISTED = 4
_PAUSE_MS = 60_000


def describe_moments(moments: Sequence[Moment]) -> str:
    """Describe moments as `lines 3-5, 9` of notes, or as time and speaker of each in a call."""
    if all(is_in_notes(moment) for moment in moments):
        return describe_lines(moments)
    begins = [
        moment
        for before, moment in zip([None, *moments], moments, strict=False)
        if before is None or not _continues(moment, before)
    ]
    more = f" and {len(begins) - _MOST_LISTED} more" if len(begins) > _MOST_LISTED else ""
    return f"{', '.join(map(describe_location, begins[:_MOST_LISTED]))}{more}"


def describe_location(location: SourceLocation) -> str:
    """Describe a location as `line 3` of notes, or as `12:05 Ann` of a call."""
    line = f"line {location.line or location.turn}"
    if is_in_notes(location):
        return line
    begins = line if location.start_ms is None else format_clock(location.start_ms)
    return visible(f"{begins} {location.speaker}")


def describe_lines(locations: Sequence[SourceLocation]) -> str:
    """Describe lines as `line 3`, or as `lines 3-5, 9` with neighbouring turns as one stretch."""
    stretches = [
        [location.line or location.turn for _, location in stretch]
        # Among neighbouring turns, number and place in the list grow alike.
        for _, stretch in groupby(enumerate(locations), lambda pair: pair[1].turn - pair[0])
    ]
    shown = ", ".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else str(s[0]) for s in stretches)
    return f"{'line' if len(locations) == 1 else 'lines'} {shown}"


def is_in_notes(location: SourceLocation) -> bool:
    """Tell whether a location is a line of notes, not a moment of a call."""
    return location.speaker == NOTES and location.start_ms is None


def _continues(moment: Moment, before: Moment) -> bool:
    """Tell whether the same speaker continues, with at most one interruption between."""
    paused_ms = (moment.start_ms or 0) - (before.end_ms or before.start_ms or 0)
    is_near = moment.turn <= before.turn + 2 and paused_ms <= _PAUSE_MS
    return is_near and moment.speaker == before.speaker


def format_clock(ms: int) -> str:
    """Write a time from the start of the call as `1:02:03` or `02:03`."""
    hours, rest = divmod(ms // 1000, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
