"""Where something was said, as a person reads it."""

from collections.abc import Sequence
from itertools import groupby

from service.assignment.passages import Moment, SourceLocation
from service.cli.cards import visible
from service.transcripts.turns import NOTES

__all__ = ["is_of_notes", "lines_of", "place_of", "where"]

_LISTED = 4
_PAUSE_MS = 60_000


def where(moments: Sequence[Moment]) -> str:
    """`lines 3-5, 9`, or where in the call each stretch begins, and who speaks."""
    if all(is_of_notes(moment) for moment in moments):
        return lines_of(moments)
    begins = [
        moment
        for before, moment in zip([None, *moments], moments, strict=False)
        if before is None or not _goes_on(moment, before)
    ]
    more = f" and {len(begins) - _LISTED} more" if len(begins) > _LISTED else ""
    return f"{', '.join(map(place_of, begins[:_LISTED]))}{more}"


def _goes_on(moment: Moment, before: Moment) -> bool:
    """Whether the same speaker does, after a word of someone else at most."""
    paused_ms = (moment.start_ms or 0) - (before.end_ms or before.start_ms or 0)
    is_near = moment.turn <= before.turn + 2 and paused_ms <= _PAUSE_MS
    return is_near and moment.speaker == before.speaker


def place_of(place: SourceLocation) -> str:
    """`line 3` of notes, `12:05 Ann` of a call."""
    line = f"line {place.line or place.turn}"
    if is_of_notes(place):
        return line
    return visible(f"{line if place.start_ms is None else _clock(place.start_ms)} {place.speaker}")


def is_of_notes(place: SourceLocation) -> bool:
    return place.speaker == NOTES and place.start_ms is None


def _clock(ms: int) -> str:
    hours, rest = divmod(ms // 1000, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def lines_of(places: Sequence[SourceLocation]) -> str:
    """`line 3`, or `lines 3-5, 9`, where turns that follow one another are one stretch."""
    stretches = [
        [place.line or place.turn for _, place in stretch]
        for _, stretch in groupby(enumerate(places), lambda pair: pair[1].turn - pair[0])
    ]
    shown = ", ".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else str(s[0]) for s in stretches)
    return f"{'line' if len(places) == 1 else 'lines'} {shown}"
