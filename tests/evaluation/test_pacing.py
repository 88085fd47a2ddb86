"""Not more than an endpoint allows."""

import asyncio
import time

import pytest

from service.evaluation.runs.pacing import Paced
from service.judging.models import Answer
from tests.fakes import FakeJudge, a_question

pytestmark = pytest.mark.anyio


async def test_grades_start_no_faster_than_the_rate() -> None:
    judge = FakeJudge()
    paced = Paced(judge, per_minute=1200)
    started = time.perf_counter()
    await asyncio.gather(*(paced.grade(a_question(), Answer.of("We stir.")) for _ in range(11)))
    assert time.perf_counter() - started >= 0.45  # ten waits of 50 ms
    assert len(judge.asked) == 11
    await paced.aclose()
    assert judge.closed
