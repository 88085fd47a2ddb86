"""Let no unforeseen failure on one answer end the work on the others."""

from service.errors import ProbewiseError, UnexpectedError
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.models import Question
from service.reasons import Reason

__all__ = ["GuardedJudge"]


class GuardedJudge:
    """A judge whose answer stays ungraded if another judge fails in a way that nobody foresaw.

    The log has where it failed, without the message, which may quote the answer. Errors that are
    raised on purpose pass: a setting that can't be used concerns all answers.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        """See Judge.grade."""
        try:
            return await self._judge.grade(question, answer)
        except ProbewiseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the other answers go on
            return Ungraded(reason=Reason.INTERNAL_ERROR, detail=str(UnexpectedError(error)))

    async def aclose(self) -> None:
        await self._judge.aclose()
