"""From a transcript to its graded passages and what is in none of them."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

import pytest

from service.assignment.passages import Passage
from service.errors import MalformedReply, UnknownPlaybook
from service.grading.answers import AnswerGrader
from service.grading.passage_grader import PassageGrader
from service.grading.scorecard import AUTO, GradedPassage
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.judging.review import Flag, ReviewReason
from service.playbooks.models import Question
from service.reasons import Reason
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import Side, Skipped, Transcript, Turn
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue, a_grade

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGE = "# Kitchen\n\n- dish 1 is stirred\n---\n- lunch\n- dish 2 rarely burns\n- Dish 1 beeps\n"
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503")
MARK = "heliotrope"


def notes(text: str = PAGE) -> Transcript:
    return read_source(text, Format.NOTES)


def a_grader(judge: FakeJudge, assigner: FakeAssigner | None = None) -> PassageGrader:
    catalogue = a_catalogue()
    return PassageGrader(catalogue, assigner or FakeAssigner(), AnswerGrader(catalogue, judge))


class DoingJudge(FakeJudge):
    """Grades each question as the function does."""

    def __init__(self, do: Callable[[Question], Awaitable[Verdict | Ungraded]]) -> None:
        super().__init__()
        self._do = do

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        result = await self._do(question)
        return result if isinstance(result, Ungraded) else a_grade(question, result)


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def grader(judge: FakeJudge) -> PassageGrader:
    return a_grader(judge)


async def passages_of(grader: PassageGrader) -> tuple[Passage, ...]:
    return (await grader.find(notes(), "cooking")).passages


async def test_what_is_found_is_told_with_what_is_not(grader: PassageGrader) -> None:
    found = await grader.find(notes(), "cooking")
    assert [(p.question_id, p.answer.text) for p in found.passages] == [
        ("cooking.1", "dish 1 is stirred\n\nDish 1 beeps"),
        ("cooking.2", "dish 2 rarely burns"),
    ]
    assert found.not_found == ("cooking.3",)
    assert [place.line for place in found.unassigned] == [5]
    assert found.skipped == (Skipped(line=4, reason="markup without words"),)


async def test_what_no_answer_has_room_for_is_skipped_after_what_the_reader_skipped(
    grader: PassageGrader,
) -> None:
    found = await grader.find(notes(f"---\n\ndish 1 {'x' * 20_000}"), "cooking")
    assert [skipped.line for skipped in found.skipped] == [1, 3]
    assert found.not_found == ("cooking.1", "cooking.2", "cooking.3")


async def test_of_any_playbook_only_those_with_a_passage_lack_questions(
    grader: PassageGrader,
) -> None:
    found = await grader.find(notes("dish 3 burns"), AUTO)
    assert [passage.question_id for passage in found.passages] == ["cooking.3"]
    assert found.not_found == ("cooking.1", "cooking.2")
    assert (await grader.find(notes("lunch"), AUTO)).not_found == ()


async def test_the_assigner_sees_the_questions_that_were_asked_for(judge: FakeJudge) -> None:
    assigner = FakeAssigner()
    grader = a_grader(judge, assigner)
    await grader.find(notes(), "baking")
    await grader.find(notes(), AUTO)
    assert [len(questions) for _, questions in assigner.asked] == [2, 5]


async def test_an_unknown_playbook_costs_no_call(judge: FakeJudge) -> None:
    assigner = FakeAssigner()
    with pytest.raises(UnknownPlaybook, match="there are cooking, baking"):
        await a_grader(judge, assigner).find(notes(), "gardening")
    assert assigner.asked == []


async def test_a_passage_gets_its_grade_or_the_reason_why_there_is_none(
    grader: PassageGrader, judge: FakeJudge
) -> None:
    [passage, _] = await passages_of(grader)
    graded = await grader.grade(passage)
    assert graded.grade and graded.grade.verdict is Verdict.WEAK
    assert (graded.answer, graded.moments) == (passage.answer.text, passage.moments)
    judge.result = DOWN
    assert await grader.grade(passage) == GradedPassage(
        question_id=passage.question_id,
        answer=passage.answer.text,
        moments=passage.moments,
        ungraded=DOWN,
    )


@pytest.mark.parametrize("side", Side)
async def test_a_grade_of_words_that_may_not_be_the_customers_asks_for_review(
    grader: PassageGrader, side: Side
) -> None:
    turn = Turn(speaker_id="s1", name="Ann", side=side, text="dish 1 is stirred")
    found = await grader.find(Transcript(turns=(turn,)), "cooking")
    grades = [(await grader.grade(passage)).grade for passage in found.passages]
    flagged = [(grade.review, grade.flags) for grade in grades if grade]
    assert (
        flagged
        == {
            Side.CUSTOMER: [((), ())],
            Side.SELLER: [],
            Side.UNKNOWN: [((ReviewReason.UNKNOWN_SIDE,), (Flag.UNKNOWN_SIDE,))],
        }[side]
    )


async def test_passages_are_graded_at_the_same_time_and_given_as_they_are_done() -> None:
    begun = asyncio.Barrier(2)
    second_is_out = asyncio.Event()

    async def grade(question: Question) -> Verdict:
        await begun.wait()
        if question.id == "cooking.1":
            await second_is_out.wait()
        return Verdict.WEAK

    grader = a_grader(DoingJudge(grade))
    given = []
    async with asyncio.timeout(30):
        async for result in grader.grade_each(await passages_of(grader)):
            given.append(result.question_id)
            second_is_out.set()
    assert given == ["cooking.2", "cooking.1"]


async def test_closing_early_cancels_what_is_not_done() -> None:
    cancelled = []

    async def grade(question: Question) -> Verdict:
        if question.id == "cooking.1":
            return Verdict.WEAK
        try:
            return await asyncio.Future[Verdict]()
        except asyncio.CancelledError:
            cancelled.append(question.id)
            raise

    grader = a_grader(DoingJudge(grade))
    async with aclosing(grader.grade_each(await passages_of(grader))) as graded:
        assert (await anext(graded)).question_id == "cooking.1"
    assert cancelled == ["cooking.2"]


async def test_one_failure_ends_all_and_no_words_of_another_reach_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def grade(question: Question) -> Verdict:
        if question.id == "cooking.1":
            await asyncio.sleep(0)
            raise RuntimeError("the first")
        try:
            return await asyncio.Future[Verdict]()
        except asyncio.CancelledError:
            raise ConnectionError(MARK) from None

    grader = a_grader(DoingJudge(grade))
    found = await passages_of(grader)
    with caplog.at_level(logging.DEBUG):
        with suppress(RuntimeError):  # pytest.raises would hold what asyncio complains of
            _ = [result async for result in grader.grade_each(found)]
            pytest.fail("nothing was raised")
        gc.collect()
    assert MARK not in caplog.text


async def test_a_scorecard_has_the_order_of_the_questions_whatever_is_done_first() -> None:
    told: list[str] = []
    second_is_out = asyncio.Event()

    async def grade(question: Question) -> Verdict | Ungraded:
        if question.id == "cooking.1":
            await second_is_out.wait()
            return DOWN
        return Verdict.WEAK

    def on_graded(result: GradedPassage) -> None:
        told.append(result.question_id)
        second_is_out.set()

    async with asyncio.timeout(30):
        card = await a_grader(DoingJudge(grade)).score(
            notes(),
            "cooking",
            on_found=lambda found: told.append(str(len(found.passages))),
            on_graded=on_graded,
        )
    assert told == ["2", "cooking.2", "cooking.1"]
    assert [result.question_id for result in card.results] == ["cooking.1", "cooking.2"]
    tally = card.tally
    assert (card.playbook, tally.questions, tally.graded, tally.ungraded) == ("cooking", 3, 1, 1)
    assert dict(tally.verdicts) == {verdict: int(verdict == "weak") for verdict in Verdict}


async def test_what_can_not_be_assigned_is_not_graded(judge: FakeJudge) -> None:
    grader = a_grader(judge, FakeAssigner(MalformedReply(["no JSON object"])))
    with pytest.raises(MalformedReply):
        await grader.score(notes(), AUTO)
    assert judge.asked == []
