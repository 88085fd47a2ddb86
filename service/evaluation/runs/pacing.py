"""Not more than an endpoint allows: answers are sent evenly spaced."""

from pyrate_limiter import Limiter, Rate

from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.models import Question

__all__ = ["Paced"]


class Paced:
    """A judge that starts at most `per_minute` grades a minute, evenly spaced."""

    def __init__(self, judge: Judge, *, per_minute: int) -> None:
        self._judge = judge
        self._limiter = Limiter(Rate(1, max(1, 60_000 // per_minute)), buffer_ms=1)

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade."""
        await self._limiter.try_acquire_async("grade")
        return await self._judge.grade(question, answer)

    async def aclose(self) -> None:
        self._limiter.close()
        await self._judge.aclose()
