"""Passages are graded once and their grades stored, in a real database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.assignment.models import Assignment
from service.assignment.passages import Passage, cut_passages
from service.grading.answers import AnswerGrader
from service.grading.passage_grader import Origin, PassageGrader
from service.grading.scorecard import GradedPassage
from service.judging.models import Grade, Ungraded, Verdict
from service.reasons import Reason
from service.storage.database import Database
from service.storage.grades import GradeRepository
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.turns import Side, Transcript, Turn
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue

pytestmark = pytest.mark.anyio

CALL = Origin(tool="gong", call_id="77", engagement_id="acme")


def a_passage(
    text: str = "We stir.",
    *,
    question_id: str = "cooking.1",
    line: int = 1,
    side: Side = Side.CUSTOMER,
    asked: str | None = None,
) -> Passage:
    before = [Turn(speaker_id="sa", side=Side.SELLER, text=asked)] if asked else []
    said = Turn(speaker_id="c", name="Ann", side=side, text=text, line=line)
    assignment = Assignment(question_id=question_id, turns=(len(before) + 1,))
    [passage], _ = cut_passages([*before, said], [assignment])
    return passage


@pytest.fixture
async def grades(tmp_path: Path) -> AsyncIterator[GradeRepository]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/grades.sqlite3")
    await database.upgrade()
    yield GradeRepository(database)
    await database.aclose()


@pytest.fixture
def judge() -> FakeJudge:
    return FakeJudge()


@pytest.fixture
def grader(judge: FakeJudge, grades: GradeRepository) -> PassageGrader:
    catalogue = a_catalogue()
    return PassageGrader(catalogue, FakeAssigner(), AnswerGrader(catalogue, judge, grades))


def grade_of(result: GradedPassage) -> Grade:
    assert result.grade
    return result.grade


async def test_the_same_words_twice_are_one_grade_and_one_call(
    grader: PassageGrader, judge: FakeJudge, grades: GradeRepository
) -> None:
    first = await grader.grade(a_passage(), CALL)
    again = await grader.grade(a_passage(), CALL)
    assert again == first
    assert len(judge.asked) == 1
    [kept] = await grades.find_by_engagement("acme")
    assert Grade.model_validate(kept.grade) == first.grade
    assert (kept.question_id, kept.answer) == ("cooking.1", "We stir.")


async def test_the_same_words_at_another_line_keep_their_grade_and_say_the_new_line(
    grader: PassageGrader, judge: FakeJudge
) -> None:
    first = await grader.grade(a_passage(line=3), CALL)
    moved = await grader.grade(a_passage(line=9), CALL)
    assert (moved.grade, moved.moments[0].line) == (first.grade, 9)
    assert len(judge.asked) == 1


@pytest.mark.parametrize(
    ("passage", "origin"),
    [
        (a_passage("We stir!"), CALL),
        (a_passage(question_id="cooking.2"), CALL),
        (a_passage(asked="And then?"), CALL),
        (a_passage(side=Side.UNKNOWN), CALL),
        (a_passage(), CALL.model_copy(update={"call_id": "78"})),
        (a_passage(), CALL.model_copy(update={"tool": "zoom"})),
        (a_passage(), CALL.model_copy(update={"engagement_id": "globex"})),
        (a_passage(), CALL.model_copy(update={"engagement_id": None})),
    ],
    ids=["words", "question", "context", "side", "call", "tool", "engagement", "no engagement"],
)
async def test_whatever_a_grade_depends_on_makes_it_another(
    grader: PassageGrader, judge: FakeJudge, passage: Passage, origin: Origin
) -> None:
    first = await grader.grade(a_passage(), CALL)
    other = await grader.grade(passage, origin)
    assert grade_of(other).id != grade_of(first).id
    assert len(judge.asked) == 2


async def test_once_the_customer_is_named_the_grade_no_longer_asks_for_review(
    grader: PassageGrader,
) -> None:
    assert grade_of(await grader.grade(a_passage(side=Side.UNKNOWN), CALL)).needs_review
    assert not grade_of(await grader.grade(a_passage(), CALL)).needs_review


async def test_what_stays_ungraded_is_not_kept_and_is_tried_again(
    grader: PassageGrader, judge: FakeJudge, grades: GradeRepository
) -> None:
    judge.result = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503")
    assert (await grader.grade(a_passage(), CALL)).ungraded == judge.result
    assert await grades.find_by_engagement("acme") == []
    judge.result = Verdict.GOOD
    assert grade_of(await grader.grade(a_passage(), CALL)).verdict is Verdict.GOOD


async def test_the_same_words_sent_at_the_same_time_get_one_grade(grader: PassageGrader) -> None:
    results = await asyncio.gather(*(grader.grade(a_passage(), CALL) for _ in range(5)))
    assert len({grade_of(result).id for result in results}) == 1


async def test_the_longest_ids_that_a_tool_may_send_are_kept(grader: PassageGrader) -> None:
    origin = Origin(tool="t" * 128, call_id="c" * 128, engagement_id="e" * 128)
    first = await grader.grade(a_passage(), origin)
    assert await grader.grade(a_passage(), origin) == first


def notes(text: str) -> Transcript:
    return read_source(text, Format.NOTES)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("we stir\nit beeps", "- we stir\n\n- it beeps\n", True),
        ("we stir\nit beeps", "we stir it beeps", False),
        ("we stir\nit beeps", "it beeps\nwe stir", False),
    ],
)
def test_a_source_that_no_tool_names_is_known_by_its_words(
    one: str, other: str, same: bool
) -> None:
    first = Origin.of_words(notes(one), "notes")
    assert first.call_id.isalnum()
    assert (Origin.of_words(notes(other), "notes") == first) is same
    assert Origin.of_words(notes(one), "transcript", "acme").engagement_id == "acme"
