"""The judge of a run: no faster than its rate, and no grade paid for twice."""

import asyncio
import time
from pathlib import Path

import pytest

from service.errors import Reason
from service.evaluation.runs.wrapped_judge import CachedJudge, PacedJudge, wrap_judge
from service.judging.models import Answer, Grade, Ungraded, Verdict
from tests.fakes import FakeJudge, a_question

pytestmark = pytest.mark.anyio

ANSWER = Answer.of("We watch the pan.")


async def test_what_was_graded_is_not_asked_again(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    first = await CachedJudge(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    again = await CachedJudge(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    assert len(judge.asked) == 1
    assert isinstance(first, Grade) and isinstance(again, Grade)
    assert (again.verdict, again.signals) == (first.verdict, first.signals)
    assert again.judge.cached and not first.judge.cached


@pytest.mark.parametrize("other", ["identity", "question", "answer"])
async def test_another_judge_question_or_answer_is_asked(tmp_path: Path, other: str) -> None:
    judge = FakeJudge(Verdict.GOOD)
    await CachedJudge(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    await CachedJudge(judge, tmp_path, identity="b" if other == "identity" else "a").grade(
        a_question(2) if other == "question" else a_question(),
        Answer.of("No.") if other == "answer" else ANSWER,
    )
    assert len(judge.asked) == 2


async def test_what_stayed_ungraded_is_asked_again(tmp_path: Path) -> None:
    judge = FakeJudge(Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="down"))
    for _ in range(2):
        await CachedJudge(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    assert len(judge.asked) == 2


async def test_a_spoilt_file_is_graded_anew(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    cached = CachedJudge(judge, tmp_path, identity="a")
    await cached.grade(a_question(), ANSWER)
    (kept,) = sorted(tmp_path.rglob("*.json"))  # noqa: ASYNC240 - a test may wait
    kept.write_text('{"verdict": "go')
    assert isinstance(await cached.grade(a_question(), ANSWER), Grade)
    assert len(judge.asked) == 2


async def test_grades_start_no_faster_than_the_rate() -> None:
    judge = FakeJudge()
    paced = PacedJudge(judge, per_minute=1200)
    started = time.perf_counter()
    await asyncio.gather(*(paced.grade(a_question(), Answer.of("We stir.")) for _ in range(11)))
    assert time.perf_counter() - started >= 0.45  # ten waits of 50 ms
    assert len(judge.asked) == 11
    await paced.aclose()
    assert judge.closed


async def test_a_stored_grade_waits_for_no_turn_and_the_judge_stays_open(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    started = time.perf_counter()
    with wrap_judge(judge, identity="a", per_minute=6, cache=tmp_path) as wrapped:
        for _ in range(3):
            await wrapped.grade(a_question(), ANSWER)
    assert time.perf_counter() - started < 5  # a second turn comes after ten seconds
    assert len(judge.asked) == 1
    assert not judge.closed


async def test_without_rate_and_cache_the_judge_is_used_as_it_is() -> None:
    judge = FakeJudge()
    with wrap_judge(judge, identity="a", per_minute=None, cache=None) as wrapped:
        assert wrapped is judge
