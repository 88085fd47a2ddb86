"""The judge of a run: no faster than its rate, and no grade paid for twice."""

import asyncio
import time
from pathlib import Path

import pytest

from service.evaluation.runs.wrapped_judge import CachedJudge, PacedJudge, make_rate
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.reasons import Reason
from tests.fakes import FakeJudge, a_question

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

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


@pytest.mark.parametrize("per_minute", [1, 7, 10, 59, 60, 600, 601, 90_000])
def test_no_minute_has_more_grades_than_the_rate_allows(per_minute: int) -> None:
    rate = make_rate(per_minute)
    assert rate.limit * 60_000 / rate.interval <= per_minute
    assert rate.interval <= max(6_000, 60_000 / per_minute) + 1


async def test_a_burst_starts_at_once_and_what_is_over_the_rate_waits() -> None:
    judge = FakeJudge()
    paced = PacedJudge(judge, per_minute=70)
    answers = [Answer.of("We stir.")] * 8
    started = time.perf_counter()
    await asyncio.gather(*(paced.grade(a_question(), answer) for answer in answers[:7]))
    assert time.perf_counter() - started < 3
    await paced.grade(a_question(), answers[7])
    assert time.perf_counter() - started >= 5.9
    assert len(judge.asked) == 8
    await paced.aclose()
    assert judge.closed


async def test_a_stored_grade_waits_for_no_turn(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    paced = PacedJudge(judge, per_minute=6)
    cached = CachedJudge(paced, tmp_path, identity="a")
    started = time.perf_counter()
    for _ in range(3):
        await cached.grade(a_question(), ANSWER)
    assert time.perf_counter() - started < 5  # a second turn comes after ten seconds
    assert len(judge.asked) == 1
    await cached.aclose()
    assert judge.closed
