"""Judges around judges: pre-check, sharing, fallback and cascade."""

import asyncio

import pytest

from service.judging.cache import CachingJudge
from service.judging.cascade import Cascade, Fallback
from service.judging.letterless import LetterlessJudge
from service.judging.models import Answer, Grade, Judge, JudgeKind, Ungraded, Verdict
from service.judging.review import Flag, ReviewReason
from service.llm.chat import Usage
from service.playbooks.models import Question
from service.reasons import Reason
from tests.fakes import FakeJudge, a_grade, a_question

pytestmark = pytest.mark.anyio

QUESTION = a_question()
ANSWER = Answer.of("We watch the temperature.")
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503 after 4 calls")
MALFORMED = Ungraded(reason=Reason.MALFORMED_REPLY, detail="two JSON objects")


class Scripted:
    """Gives a grade of the wanted confidence and flags after a moment, and counts its calls."""

    def __init__(self, confidence: float | None = 0.9, flags: tuple[Flag, ...] = ()) -> None:
        grade = a_grade(QUESTION, Verdict.PARTIAL)
        spent = grade.judge.model_copy(update={"usage": Usage(input_tokens=9), "cost_usd": 0.1})
        self.result = grade.model_copy(
            update={"confidence": confidence, "flags": flags, "judge": spent}
        )
        self.calls = 0
        self.closed = False

    async def grade(self, question: Question, answer: Answer) -> Grade:
        self.calls += 1
        await asyncio.sleep(0.01)
        return self.result

    async def aclose(self) -> None:
        self.closed = True


async def grade_with(judge: Judge, answer: Answer = ANSWER) -> Grade | Ungraded:
    return await judge.grade(QUESTION, answer)


@pytest.mark.parametrize("text", ["...", "— ?!", ":", "🤷"])
async def test_a_letterless_answer_is_unanswered_without_a_call(text: str) -> None:
    inner = Scripted()
    grade = await grade_with(LetterlessJudge(inner, JudgeKind.LLM), Answer.of(text))
    assert isinstance(grade, Grade)
    assert grade.verdict is Verdict.UNANSWERED
    assert (grade.judge.attempts, grade.judge.cost_usd, inner.calls) == (0, 0.0, 0)
    assert grade.probe == QUESTION.probe
    assert grade.missing == ("good.1", "good.2")


async def test_plain_gibberish_is_unanswered_and_for_review_without_a_call() -> None:
    inner = Scripted()
    grade = await grade_with(LetterlessJudge(inner, JudgeKind.LLM), Answer.of("a." * 10_000))
    assert isinstance(grade, Grade)
    assert (grade.verdict, inner.calls) == (Verdict.UNANSWERED, 0)
    assert grade.review == (ReviewReason.GIBBERISH,)


@pytest.mark.parametrize("text", ["7", "да", "k8s"])
async def test_an_answer_with_a_letter_or_digit_is_judged(text: str) -> None:
    inner = Scripted()
    await grade_with(LetterlessJudge(inner, JudgeKind.LLM), Answer.of(text))
    assert inner.calls == 1


async def test_identical_requests_in_flight_share_one_call() -> None:
    inner = Scripted()
    sharing = CachingJudge(inner, size=10)
    grades = await asyncio.gather(*(grade_with(sharing) for _ in range(5)))
    assert inner.calls == 1
    assert len({grade.id for grade in grades if isinstance(grade, Grade)}) == 5
    cached = [grade.judge.cached for grade in grades if isinstance(grade, Grade)]
    assert cached == [False, True, True, True, True]
    assert sum(g.judge.cost_usd or 0 for g in grades if isinstance(g, Grade)) == 0.1


async def test_a_finished_grade_is_remembered_by_content_and_costs_nothing() -> None:
    inner = Scripted()
    sharing = CachingJudge(inner, size=10)
    await grade_with(sharing)
    again = await grade_with(sharing)
    assert isinstance(again, Grade)
    assert again.judge.cached
    assert again.judge.usage == Usage()
    await grade_with(sharing, Answer.of("Another answer."))
    changed = QUESTION.model_copy(update={"playbook_digest": "another"})
    await sharing.grade(changed, ANSWER)
    assert inner.calls == 3


async def test_one_who_gives_up_waiting_does_not_take_the_call_from_the_others() -> None:
    sharing = CachingJudge(Scripted(), size=10)
    first = asyncio.create_task(grade_with(sharing))
    second = asyncio.create_task(grade_with(sharing))
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance(await second, Grade)


async def test_the_least_recently_used_is_forgotten_first() -> None:
    inner = Scripted()
    sharing = CachingJudge(inner, size=2)
    for text in ("one", "two", "one", "three", "one"):
        await grade_with(sharing, Answer.of(text))
    assert inner.calls == 3
    await grade_with(sharing, Answer.of("two"))
    assert inner.calls == 4


async def test_an_ungraded_result_is_not_remembered() -> None:
    inner = FakeJudge(DOWN)
    sharing = CachingJudge(inner, size=10)
    assert await grade_with(sharing) == DOWN
    inner.result = Verdict.GOOD
    assert isinstance(await grade_with(sharing), Grade)


async def test_an_unavailable_model_is_stood_in_for_and_says_so() -> None:
    grade = await grade_with(Fallback(FakeJudge(DOWN), Scripted()))
    assert isinstance(grade, Grade)
    assert grade.review == (ReviewReason.STAND_IN,)
    assert grade.judge.fallback_reason == DOWN.detail


async def test_a_malformed_reply_is_never_stood_in_for() -> None:
    substitute = Scripted()
    assert await grade_with(Fallback(FakeJudge(MALFORMED), substitute)) == MALFORMED
    assert substitute.calls == 0


@pytest.mark.parametrize(
    ("confidence", "flags", "asked"),
    [
        (0.9, (), 0),
        (0.8, (), 0),
        (0.79, (), 1),
        (None, (), 1),
        (0.99, (Flag.SUSPECTED_INSTRUCTIONS,), 1),
    ],
)
async def test_the_cascade_asks_the_llm_only_where_the_embedded_judge_is_unsure(
    confidence: float | None, flags: tuple[Flag, ...], asked: int
) -> None:
    llm = Scripted()
    cascade = Cascade(Scripted(confidence, flags), llm, threshold=0.8, keep_unsure=True)
    await grade_with(cascade)
    assert llm.calls == asked


async def test_the_unsure_grade_stands_for_review_when_the_llm_is_down() -> None:
    grade = await grade_with(
        Cascade(Scripted(0.5), FakeJudge(DOWN), threshold=0.8, keep_unsure=True)
    )
    assert isinstance(grade, Grade)
    assert (grade.review, grade.judge.fallback_reason) == ((ReviewReason.STAND_IN,), DOWN.detail)


@pytest.mark.parametrize(("failure", "keep"), [(DOWN, False), (MALFORMED, True)])
async def test_the_cascade_is_ungraded_where_nothing_may_stand_in(
    failure: Ungraded, keep: bool
) -> None:
    cascade = Cascade(Scripted(0.5), FakeJudge(failure), threshold=0.8, keep_unsure=keep)
    assert await grade_with(cascade) == failure


async def test_closing_the_outermost_judge_closes_them_all() -> None:
    first, second = Scripted(), Scripted()
    judge = LetterlessJudge(CachingJudge(Fallback(first, second), size=1), JudgeKind.LLM)
    await judge.aclose()
    assert first.closed and second.closed
