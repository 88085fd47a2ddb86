"""A failure that nobody foresaw leaves one answer ungraded, and the others graded."""

import logging

import pytest

from service.errors import ConfigurationError
from service.judging.batch import BatchAnswer, BatchResult, grade_batch
from service.judging.guarded_judge import GuardedJudge
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.playbooks.models import Question
from service.reasons import Reason
from tests.fakes import FakeJudge, a_question

pytestmark = pytest.mark.anyio

MARK = "the customer's words"


class Failing(FakeJudge):
    """Fails on one answer."""

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        if answer.text == "fails":
            raise TypeError(MARK)
        return await super().grade(question, answer)


async def test_its_answer_is_ungraded_and_the_log_says_where_and_not_what(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        result = await GuardedJudge(Failing()).grade(a_question(), Answer.of("fails"))
    assert isinstance(result, Ungraded)
    assert result.reason is Reason.INTERNAL_ERROR
    assert "TypeError" in caplog.text and "test_guarded_judge.py" in caplog.text
    assert MARK not in caplog.text + result.detail
    assert result.detail.split()[-4] in caplog.text, "the log is found by the id in the detail"


async def test_the_others_of_a_batch_are_graded() -> None:
    texts = ["one", "fails", "two"]
    done: list[BatchResult] = []
    answers = [BatchAnswer(text, a_question(), Answer.of(text)) for text in texts]
    await grade_batch(answers, Failing(), concurrency=2, done=done.append)
    results = {result.id: result.result for result in done}
    assert results.keys() == set(texts)
    assert [isinstance(results[text], Grade) for text in texts] == [True, False, True]


async def test_a_setting_that_cannot_be_used_stops_everything() -> None:
    judge = GuardedJudge(FakeJudge(ConfigurationError("no model file")))
    with pytest.raises(ConfigurationError, match="no model file"):
        await judge.grade(a_question(), Answer.of("one"))


async def test_what_a_judge_gives_is_passed_on_and_closing_closes_it() -> None:
    inner = FakeJudge(Verdict.GOOD)
    judge = GuardedJudge(inner)
    grade = await judge.grade(a_question(), Answer.of("one"))
    assert isinstance(grade, Grade) and grade.verdict is Verdict.GOOD
    await judge.aclose()
    assert inner.closed
