"""Headings: what each line of notes stands under."""

from collections.abc import Iterable, Iterator

from service.transcripts.turns import Turn

__all__ = ["headings_above"]


def headings_above(turns: Iterable[Turn]) -> Iterator[tuple[str, ...]]:
    """For each turn the headings it stands under, outermost first; a heading isn't its own."""
    trail: list[Turn] = []
    for turn in turns:
        if turn.heading:
            trail = [above for above in trail if (above.heading or 0) < turn.heading]
        yield tuple(above.text for above in trail)
        if turn.heading:
            trail.append(turn)
