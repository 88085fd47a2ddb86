"""Merging: the cues of one speaker, joined into what was said in one go."""

from collections.abc import Iterable, Sequence

from service.transcripts.turns import Turn

__all__ = ["merged"]


def merged(turns: Iterable[Turn], gap_ms: int) -> tuple[Turn, ...]:
    """The turns with neighbours of one speaker joined where at most `gap_ms` lie between them.

    A joined turn has the line and start of the first, the latest end and the lowest confidence,
    or none where one of them has none. Turns whose gap isn't known, such as notes, stay apart.
    """
    runs: list[list[Turn]] = []
    end_ms = 0
    for turn in turns:
        if runs and _follows(turn, runs[-1][-1], end_ms, gap_ms):
            runs[-1].append(turn)
            end_ms = max(end_ms, turn.end_ms or 0)
        else:
            runs.append([turn])
            end_ms = turn.end_ms or 0
    return tuple(_joined(run) for run in runs)


def _follows(turn: Turn, last: Turn, end_ms: int, gap_ms: int) -> bool:
    if turn.start_ms is None or last.start_ms is None or last.end_ms is None:
        return False
    return (turn.speaker_id, turn.name, turn.side) == (
        last.speaker_id,
        last.name,
        last.side,
    ) and last.start_ms <= turn.start_ms <= end_ms + gap_ms


def _joined(run: Sequence[Turn]) -> Turn:
    if len(run) == 1:
        return run[0]
    ends = [turn.end_ms for turn in run]
    known = [turn.confidence for turn in run if turn.confidence is not None]
    return run[0].model_copy(
        update={
            "text": " ".join(turn.text for turn in run),
            "end_ms": None if ends[-1] is None else max(end for end in ends if end is not None),
            "confidence": min(known) if len(known) == len(run) else None,
        }
    )
