"""Grades kept between runs."""

from pathlib import Path

import pytest

from service.errors import Reason
from service.evaluation.runs.case_cache import Cached
from service.judging.models import Answer, Grade, Ungraded, Verdict
from tests.fakes import FakeJudge, a_question

pytestmark = pytest.mark.anyio

ANSWER = Answer.of("We watch the pan.")


async def test_what_was_graded_is_not_asked_again(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    first = await Cached(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    again = await Cached(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    assert len(judge.asked) == 1
    assert isinstance(first, Grade) and isinstance(again, Grade)
    assert (again.verdict, again.signals) == (first.verdict, first.signals)
    assert again.judge.cached and not first.judge.cached


@pytest.mark.parametrize("other", ["identity", "question", "answer"])
async def test_another_judge_question_or_answer_is_asked(tmp_path: Path, other: str) -> None:
    judge = FakeJudge(Verdict.GOOD)
    await Cached(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    await Cached(judge, tmp_path, identity="b" if other == "identity" else "a").grade(
        a_question(2) if other == "question" else a_question(),
        Answer.of("No.") if other == "answer" else ANSWER,
    )
    assert len(judge.asked) == 2


async def test_what_stayed_ungraded_is_asked_again(tmp_path: Path) -> None:
    judge = FakeJudge(Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="down"))
    for _ in range(2):
        await Cached(judge, tmp_path, identity="a").grade(a_question(), ANSWER)
    assert len(judge.asked) == 2


async def test_a_spoilt_file_is_graded_anew(tmp_path: Path) -> None:
    judge = FakeJudge(Verdict.GOOD)
    cached = Cached(judge, tmp_path, identity="a")
    await cached.grade(a_question(), ANSWER)
    (kept,) = sorted(tmp_path.rglob("*.json"))  # noqa: ASYNC240 - a test may wait
    kept.write_text('{"verdict": "go')
    assert isinstance(await cached.grade(a_question(), ANSWER), Grade)
    assert len(judge.asked) == 2
