"""Parts: a call that was delivered in several pieces, joined into one transcript."""

from collections.abc import Iterable

from service.transcripts.turns import Skipped, Transcript, Turn

__all__ = ["whole_call"]


def whole_call(parts: Iterable[Transcript]) -> Transcript:
    """All turns of the parts, each once, in the order in which they were said.

    Turns of known times stand by their start, in whatever order the parts came; one without a time
    stays behind the turn before it. A part that came twice counts once.
    """
    placed: dict[object, tuple[int, Turn]] = {}
    skipped: list[Skipped] = []
    for part in {part.turns: part for part in parts}.values():
        since_ms = 0
        for turn in part.turns:
            since_ms = since_ms if turn.start_ms is None else turn.start_ms
            placed.setdefault(_identity(turn) or len(placed), (since_ms, turn))
        skipped.extend(part.skipped)
    turns = sorted(placed.values(), key=lambda place: place[0])
    return Transcript(turns=tuple(turn for _, turn in turns), skipped=tuple(skipped))


def _identity(turn: Turn) -> tuple[object, ...]:
    """What makes two deliveries of a turn the same; empty where no time tells them apart."""
    if turn.start_ms is None:
        return ()
    return turn.speaker_id, turn.name, turn.start_ms, turn.text
