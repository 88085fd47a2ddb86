"""The embedded judge assigns where no LLM answers, and only there."""

import pytest

from service.assignment.embedded_assigner import FallbackAssigner
from service.errors import JudgeError, MalformedReply, ModelRefused, ModelUnavailable
from service.transcripts.turns import Turn
from tests.fakes import FakeAssigner, a_playbook

pytestmark = pytest.mark.anyio

TURNS = [Turn(speaker_id="c", text="dish 1 is stirred")]
QUESTIONS = a_playbook().questions


async def test_the_substitute_is_not_asked_where_the_first_answers() -> None:
    first, second = FakeAssigner(), FakeAssigner()
    [found] = await FallbackAssigner(first, second).assign(TURNS, QUESTIONS)
    assert (found.question_id, second.asked) == ("cooking.1", [])


async def test_the_substitute_gets_the_same_where_no_model_is_available() -> None:
    second = FakeAssigner()
    assigner = FallbackAssigner(FakeAssigner(ModelUnavailable("HTTP 503")), second)
    [found] = await assigner.assign(TURNS, QUESTIONS)
    assert (found.question_id, second.asked) == ("cooking.1", [(TURNS, QUESTIONS)])


@pytest.mark.parametrize("failure", [MalformedReply(["no JSON"]), ModelRefused("no")])
async def test_a_reply_that_can_not_be_used_is_never_replaced(failure: JudgeError) -> None:
    second = FakeAssigner()
    with pytest.raises(type(failure)):
        await FallbackAssigner(FakeAssigner(failure), second).assign(TURNS, QUESTIONS)
    assert second.asked == []


class Stuck(FakeAssigner):
    async def aclose(self) -> None:
        raise ConnectionError("already gone")


async def test_both_are_closed_whatever_becomes_of_the_first() -> None:
    first, second = FakeAssigner(), FakeAssigner()
    await FallbackAssigner(first, second).aclose()
    assert (first.closed, second.closed) == (True, True)
    second = FakeAssigner()
    with pytest.raises(ConnectionError):
        await FallbackAssigner(Stuck(), second).aclose()
    assert second.closed
