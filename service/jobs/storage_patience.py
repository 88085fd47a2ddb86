"""Wait until the database can be used again: jobs have time, and their work is paid for."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from service.errors import StorageUnavailable
from service.grading.answers import AnswerGrader, Submission
from service.judging.models import Grade, Ungraded

__all__ = ["PatientGrader", "wait_for_storage"]

Result = TypeVar("Result")

_PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # the last repeats
_log = logging.getLogger(__name__)


async def wait_for_storage(do: Callable[[], Awaitable[Result]]) -> Result:
    """Do it, again and again for as long as it raises StorageUnavailable."""
    pauses = itertools.chain(_PAUSES_S, itertools.repeat(_PAUSES_S[-1]))
    for pause_s in pauses:
        try:
            return await do()
        except StorageUnavailable as error:
            _log.warning("a job waits: %s", error.trouble)
            await asyncio.sleep(pause_s)
    raise AssertionError("the pauses never end")


class PatientGrader(AnswerGrader):
    """Grades answers for jobs; what a model said is not thrown away because of the database."""

    async def grade(self, submission: Submission) -> Grade | Ungraded:
        """See AnswerGrader.grade; waits for the database instead of raising."""
        return await wait_for_storage(lambda: super(PatientGrader, self).grade(submission))
