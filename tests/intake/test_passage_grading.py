"""From a transcript to its graded passages and what is in none of them."""

import asyncio
import gc
import logging
from contextlib import aclosing, suppress

import pytest

from service.assignment.passages import Passage
from service.errors import MalformedReply, UnknownPlaybook
from service.grading.passage_grader import GradedPassage, Intake, grade_all
from service.grading.scorecard import AUTO, score
from service.judging.models import Reason, Ungraded, Verdict
from service.judging.review import Flag
from service.transcripts.formats import Format
from service.transcripts.read_source import read
from service.transcripts.turns import Side, Skipped, Transcript, Turn
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue

pytestmark = pytest.mark.anyio

PAGE = "# Kitchen\n\n- dish 1 is stirred\n---\n- lunch\n- dish 2 rarely burns\n- Dish 1 beeps\n"
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503")
MARK = "heliotrope"


def notes(text: str = PAGE) -> Transcript:
    return read(text, Format.NOTES)


def an_intake(judge: FakeJudge, assigner: FakeAssigner | None = None) -> Intake:
    return Intake(a_catalogue(), judge, assigner or FakeAssigner())


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def intake(judge: FakeJudge) -> Intake:
    return an_intake(judge)


async def passages_of(intake: Intake) -> tuple[Passage, ...]:
    return (await intake.find(notes(), "cooking")).passages


async def test_what_is_found_is_told_with_what_is_not(intake: Intake) -> None:
    found = await intake.find(notes(), "cooking")
    assert [(p.question_id, p.answer.text) for p in found.passages] == [
        ("cooking.1", "dish 1 is stirred\n\nDish 1 beeps"),
        ("cooking.2", "dish 2 rarely burns"),
    ]
    assert found.not_found == ("cooking.3",)
    assert [place.line for place in found.unassigned] == [5]
    assert found.skipped == (Skipped(line=4, reason="markup without words"),)


async def test_what_no_answer_has_room_for_is_skipped_after_what_the_reader_skipped(
    intake: Intake,
) -> None:
    found = await intake.find(notes(f"---\n\ndish 1 {'x' * 20_000}"), "cooking")
    assert [skipped.line for skipped in found.skipped] == [1, 3]
    assert found.not_found == ("cooking.1", "cooking.2", "cooking.3")


async def test_of_any_playbook_only_those_with_a_passage_lack_questions(intake: Intake) -> None:
    found = await intake.find(notes("dish 3 burns"))
    assert [passage.question_id for passage in found.passages] == ["cooking.3"]
    assert found.not_found == ("cooking.1", "cooking.2")
    assert (await intake.find(notes("lunch"))).not_found == ()


async def test_the_assigner_sees_the_questions_that_were_asked_for(judge: FakeJudge) -> None:
    assigner = FakeAssigner()
    intake = an_intake(judge, assigner)
    await intake.find(notes(), "baking")
    await intake.find(notes())
    assert [len(questions) for _, questions in assigner.asked] == [2, 5]


async def test_an_unknown_playbook_costs_no_call(judge: FakeJudge) -> None:
    assigner = FakeAssigner()
    with pytest.raises(UnknownPlaybook, match="there are cooking, baking"):
        await an_intake(judge, assigner).find(notes(), "gardening")
    assert assigner.asked == []


async def test_a_passage_gets_its_grade_or_the_reason_why_there_is_none(
    intake: Intake, judge: FakeJudge
) -> None:
    [passage, _] = await passages_of(intake)
    graded = await intake.grade(passage)
    assert graded.grade and graded.grade.verdict is Verdict.WEAK
    assert (graded.answer, graded.moments) == (passage.answer.text, passage.moments)
    judge.result = DOWN
    assert await intake.grade(passage) == GradedPassage(
        question_id=passage.question_id,
        answer=passage.answer.text,
        moments=passage.moments,
        ungraded=DOWN,
    )


@pytest.mark.parametrize("side", Side)
async def test_a_grade_of_words_that_may_not_be_the_customers_asks_for_review(
    intake: Intake, side: Side
) -> None:
    turn = Turn(speaker_id="s1", name="Ann", side=side, text="dish 1 is stirred")
    found = await intake.find(Transcript(turns=(turn,)), "cooking")
    grades = [(await intake.grade(passage)).grade for passage in found.passages]
    flagged = [(grade.needs_review, grade.flags) for grade in grades if grade]
    assert (
        flagged
        == {
            Side.CUSTOMER: [(False, ())],
            Side.SELLER: [],
            Side.UNKNOWN: [(True, (Flag.UNKNOWN_SIDE,))],
        }[side]
    )


async def test_passages_are_graded_at_the_same_time_and_given_as_they_are_done(
    intake: Intake,
) -> None:
    first, second = await passages_of(intake)
    begun = asyncio.Barrier(2)
    second_is_out = asyncio.Event()

    async def grade(passage: Passage) -> GradedPassage:
        await begun.wait()
        if passage is first:
            await second_is_out.wait()
        return await intake.grade(passage)

    given = []
    async with asyncio.timeout(30):
        async for result in grade_all([first, second], grade):
            given.append(result.question_id)
            second_is_out.set()
    assert given == [second.question_id, first.question_id]


async def test_closing_early_cancels_what_is_not_done(intake: Intake) -> None:
    first, second = await passages_of(intake)
    cancelled = []

    async def grade(passage: Passage) -> GradedPassage:
        if passage is first:
            return await intake.grade(passage)
        try:
            return await asyncio.Future[GradedPassage]()
        except asyncio.CancelledError:
            cancelled.append(passage.question_id)
            raise

    async with aclosing(grade_all([first, second], grade)) as graded:
        assert (await anext(graded)).question_id == first.question_id
    assert cancelled == [second.question_id]


async def test_one_failure_ends_all_and_no_words_of_another_reach_the_log(
    intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    found = await passages_of(intake)

    async def grade(passage: Passage) -> GradedPassage:
        if passage is found[0]:
            await asyncio.sleep(0)
            raise RuntimeError("the first")
        try:
            return await asyncio.Future[GradedPassage]()
        except asyncio.CancelledError:
            raise ConnectionError(MARK) from None

    with caplog.at_level(logging.DEBUG):
        with suppress(RuntimeError):  # pytest.raises would hold what asyncio complains of
            _ = [result async for result in grade_all(found, grade)]
            pytest.fail("nothing was raised")
        gc.collect()
    assert MARK not in caplog.text


async def test_a_scorecard_has_the_order_of_the_questions_whatever_is_done_first(
    intake: Intake, judge: FakeJudge
) -> None:
    told: list[str] = []
    second_is_out = asyncio.Event()

    async def grade(passage: Passage) -> GradedPassage:
        if passage.question_id == "cooking.1":
            await second_is_out.wait()
            judge.result = DOWN
        return await intake.grade(passage)

    def on_graded(result: GradedPassage) -> None:
        told.append(result.question_id)
        second_is_out.set()

    async with asyncio.timeout(30):
        card = await score(
            notes(),
            "cooking",
            intake,
            grade,
            on_found=lambda found: told.append(str(len(found.passages))),
            on_graded=on_graded,
        )
    assert told == ["2", "cooking.2", "cooking.1"]
    assert [result.question_id for result in card.results] == ["cooking.1", "cooking.2"]
    tally = card.tally
    assert (card.playbook, tally.questions, tally.graded, tally.ungraded) == ("cooking", 3, 1, 1)
    assert dict(tally.verdicts) == {verdict: int(verdict == "weak") for verdict in Verdict}


async def test_what_can_not_be_assigned_is_not_graded(judge: FakeJudge) -> None:
    intake = an_intake(judge, FakeAssigner(MalformedReply(["no JSON object"])))
    with pytest.raises(MalformedReply):
        await score(notes(), AUTO, intake, intake.grade)
    assert judge.asked == []
