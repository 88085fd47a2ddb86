"""Join the parts of a call that was delivered in several pieces."""

from collections.abc import Iterable

from service.transcripts.turns import Skipped, Transcript, Turn

__all__ = ["join_parts"]


def join_parts(parts: Iterable[Transcript]) -> Transcript:
    """Join parts into one transcript that has each turn once, in the order of the call.

    The parts may come in any order: turns with a time are sorted by their start, and a turn without
    a time stays behind the turn before it. A part that came twice counts once.
    """
    placed: dict[object, tuple[int, Turn]] = {}
    skipped: list[Skipped] = []
    for part in {part.turns: part for part in parts}.values():
        since_ms = 0
        for turn in part.turns:
            since_ms = since_ms if turn.start_ms is None else turn.start_ms
            # A turn without an identity gets a key of its own: it is never taken for another one.
            placed.setdefault(_identify(turn) or len(placed), (since_ms, turn))
        skipped.extend(part.skipped)
    turns = sorted(placed.values(), key=lambda place: place[0])
    return Transcript(turns=tuple(turn for _, turn in turns), skipped=tuple(skipped))


def _identify(turn: Turn) -> tuple[object, ...]:
    """Give what two deliveries of one turn share; empty for a turn without a time.

    Without a time, "yes" said twice can't be told from "yes" delivered twice.
    """
    if turn.start_ms is None:
        return ()
    return turn.speaker_id, turn.name, turn.start_ms, turn.text
