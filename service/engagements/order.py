"""Which of two attempts is the later one."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from service.engagements.models import Attempt

__all__ = ["in_order"]


def in_order(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Each attempt once, oldest first, whatever order they came in.

    Time decides, then the id; but a reply to a probe is later than the grade it follows, also
    where the clocks of two machines say otherwise.
    """
    by_id = {attempt.id: attempt for attempt in attempts}

    def moment(attempt: Attempt) -> tuple[datetime, int, str]:
        chain = list(_chain(attempt, by_id))
        return max(link.at for link in chain), len(chain), attempt.id

    return sorted(by_id.values(), key=moment)


def _chain(attempt: Attempt, by_id: Mapping[str, Attempt]) -> Iterator[Attempt]:
    """The attempt, the one it follows, the one that follows, and so on, each once."""
    seen: set[str] = set()
    link: Attempt | None = attempt
    while link is not None and link.id not in seen:
        seen.add(link.id)
        yield link
        link = by_id.get(link.follows) if link.follows else None
