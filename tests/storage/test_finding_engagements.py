"""The grades of an engagement are found in order, and engagements by when they were graded."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path

import pytest

from service.storage.database import Database
from service.storage.engagements import EngagementRepository, PageCursor
from service.storage.grades import GradeRepository
from tests.storage.test_grades import a_record

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.fixture
def engagements(database: Database) -> EngagementRepository:
    return EngagementRepository(database)


async def keep(grades: GradeRepository, name: str, minute: int, engagement_id: str | None) -> None:
    at = START + timedelta(minutes=minute)
    await grades.save(a_record(name, created_at=at, engagement_id=engagement_id))


async def found(grades: GradeRepository, engagement_id: str) -> list[str]:
    return [record.id for record in await grades.find_by_engagement(engagement_id)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_grades_come_oldest_first_in_whatever_order_they_were_saved(
    grades: GradeRepository, order: tuple[int, ...]
) -> None:
    kept = [("late", 2), ("b", 1), ("a", 1)]
    for n in order:
        await keep(grades, *kept[n], "acme")
    assert await found(grades, "acme") == ["gr_a", "gr_b", "gr_late"]


async def test_time_zones_do_not_change_the_order(grades: GradeRepository) -> None:
    tokyo = timezone(timedelta(hours=9))
    first = START.astimezone(tokyo)
    await grades.save(a_record("second", created_at=START + timedelta(hours=1), engagement_id="a"))
    await grades.save(a_record("first", created_at=first, engagement_id="a"))
    assert await found(grades, "a") == ["gr_first", "gr_second"]


@pytest.mark.parametrize("other", ["ACME", "acme ", "acm_", "acme%", "äcme"])
async def test_an_engagement_has_its_own_grades_only(grades: GradeRepository, other: str) -> None:
    await keep(grades, "ours", 1, "acme")
    await keep(grades, "nobodys", 2, None)
    await keep(grades, "theirs", 3, other)
    assert await found(grades, "acme") == ["gr_ours"]
    assert await found(grades, other) == ["gr_theirs"]


async def test_a_grade_comes_back_as_it_was_saved(grades: GradeRepository) -> None:
    record = a_record(engagement_id="acme")
    await grades.save(record)
    assert await grades.find_by_engagement("acme") == [record]


@pytest.mark.parametrize("name", ["nowhere", "", "a\0", "\udcff", "a" * 200])
async def test_an_unknown_engagement_has_no_grades(grades: GradeRepository, name: str) -> None:
    assert await grades.find_by_engagement(name) == []


async def test_engagements_are_listed_with_what_they_hold_the_one_graded_last_first(
    grades: GradeRepository, engagements: EngagementRepository
) -> None:
    await keep(grades, "1", 1, "acme")
    await keep(grades, "2", 2, "globex")
    await grades.save(
        a_record(
            "3",
            created_at=START + timedelta(minutes=3),
            engagement_id="acme",
            question_id="ai-ml.1",
        )
    )
    await keep(grades, "4", 4, None)
    await keep(grades, "5", 0, "acme")
    acme, globex = await engagements.list_page(10)
    assert (acme.id, acme.grades, acme.questions) == ("acme", 3, 2)
    assert (acme.started_at, acme.updated_at) == (START, START + timedelta(minutes=3))
    assert (globex.id, globex.grades, globex.questions) == ("globex", 1, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10])
async def test_paging_meets_every_engagement_once_also_those_of_one_time(
    grades: GradeRepository, engagements: EngagementRepository, size: int
) -> None:
    for n in range(7):
        await keep(grades, str(n), n // 3, f"customer-{n}")
    met: list[str] = []
    cursor: PageCursor | None = None
    while page := await engagements.list_page(size, cursor):
        met += [record.id for record in page]
        cursor = page[-1]
    assert met == [f"customer-{n}" for n in (6, 3, 4, 5, 0, 1, 2)]


def test_asking_whether_it_is_ready_makes_no_database_where_there_is_none(tmp_path: Path) -> None:
    async def ask() -> bool:
        missing = Database(f"sqlite+aiosqlite:///{tmp_path}/missing.sqlite3")
        try:
            return await missing.is_ready()
        finally:
            await missing.aclose()

    assert not asyncio.run(ask())
    assert list(tmp_path.iterdir()) == []
