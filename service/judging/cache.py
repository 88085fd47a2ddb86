"""One call for identical requests: in flight they share it, finished ones are remembered."""

import asyncio
from collections import OrderedDict

from service.judging.judge import Judge
from service.judging.models import Answer, Grade, Ungraded, new_grade_id
from service.llm.chat import Usage
from service.playbooks.models import Question

__all__ = ["Sharing", "shared"]

_Key = tuple[str, str, Answer]


class Sharing:
    """Grades the same answer to the same question once.

    Keyed by question, playbook digest and answer; the judge behind it is one prompt, model list and
    set of parameters. Up to `size` grades are remembered, the least recently used forgotten first;
    an ungraded result, or a grade of a fallback, is never remembered.
    """

    def __init__(self, judge: Judge, *, size: int) -> None:
        self._judge = judge
        self._size = size
        self._finished: OrderedDict[_Key, Grade] = OrderedDict()
        self._in_flight: dict[_Key, asyncio.Task[Grade | Ungraded]] = {}

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade; a shared grade has its own id, `cached` set and no usage of its own."""
        key = (question.id, question.playbook_digest, answer)
        if key in self._finished:
            self._finished.move_to_end(key)
            return shared(self._finished[key])
        task = self._in_flight.get(key)
        if task is not None:
            result = await asyncio.shield(task)
            return shared(result) if isinstance(result, Grade) else result
        task = asyncio.create_task(self._judge.grade(question, answer))
        self._in_flight[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
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


def shared(grade: Grade) -> Grade:
    """The grade as another request gets it: an id of its own, nothing spent."""
    judge = grade.judge.model_copy(
        update={"cached": True, "attempts": 0, "usage": Usage(), "cost_usd": 0.0, "latency_ms": 0}
    )
    return grade.model_copy(update={"id": new_grade_id(), "judge": judge})
