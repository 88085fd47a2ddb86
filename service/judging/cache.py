"""Grade identical requests once: those in flight share one call, finished grades are remembered."""

import asyncio
from collections import OrderedDict

from service.judging.models import Answer, Grade, Judge, Ungraded, make_grade_id
from service.llm.chat import Usage
from service.playbooks.models import Question

__all__ = ["CachingJudge", "copy_cached_grade"]

_Key = tuple[str, str, Answer]


class CachingJudge:
    """A judge that grades the same answer to the same question once.

    The key is question, playbook digest and answer; prompt, models and parameters are those of the
    judge behind it. Up to `size` grades are remembered, and the least recently used is forgotten
    first. An ungraded result or a fallback's grade is never remembered: the next try may do better.
    """

    def __init__(self, judge: Judge, *, size: int) -> None:
        self._judge = judge
        self._size = size
        self._finished: OrderedDict[_Key, Grade] = OrderedDict()
        self._in_flight: dict[_Key, asyncio.Task[Grade | Ungraded]] = {}

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; a remembered grade has its own id, `cached` set, and no usage."""
        key = (question.id, question.playbook_digest, answer)
        if key in self._finished:
            self._finished.move_to_end(key)
            return copy_cached_grade(self._finished[key])
        task = self._in_flight.get(key)
        if task is not None:
            result = await asyncio.shield(task)
            return copy_cached_grade(result) if isinstance(result, Grade) else result
        task = asyncio.create_task(self._judge.grade(question, answer))
        self._in_flight[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
        # Shielded: a caller who gives up must not take the call from the others who wait for it.
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        for task in list(self._in_flight.values()):
            task.cancel()
        await self._judge.aclose()

    def _finish(self, key: _Key, task: asyncio.Task[Grade | Ungraded]) -> None:
        del self._in_flight[key]
        if task.cancelled() or task.exception() is not None:
            return
        result = task.result()
        if isinstance(result, Grade) and result.judge.fallback_reason is None and self._size:
            self._finished[key] = result
            if len(self._finished) > self._size:
                self._finished.popitem(last=False)


def copy_cached_grade(grade: Grade) -> Grade:
    """Copy the grade for another request: an id of its own, `cached` set, nothing spent."""
    judge = grade.judge.model_copy(
        update={"cached": True, "attempts": 0, "usage": Usage(), "cost_usd": 0.0, "latency_ms": 0}
    )
    return grade.model_copy(update={"id": make_grade_id(), "judge": judge})
