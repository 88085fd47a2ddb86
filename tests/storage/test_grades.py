"""Grades come back as they were saved, and none is lost or doubled."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from service.errors import UnknownGrade
from service.storage.database import Database
from service.storage.grades import GradeRepository, Source, StoredGrade

pytestmark = pytest.mark.anyio

EVENT = Source(tool="gong", call_id="77", event_id="e-1")


def a_record(name: str = "one", *, source: Source | None = None, **values: object) -> StoredGrade:
    return StoredGrade.model_validate(
        {
            "id": f"gr_{name}",
            "question_id": "data-engineering.3",
            "answer": "We tail the log — “every” row, 日本語, \U0001f600.",
            "created_at": datetime(2026, 11, 20, 12, 30, tzinfo=UTC),
            "grade": {"id": f"gr_{name}", "verdict": "good", "confidence": 0.94, "missing": []},
            "source": source,
            **values,
        }
    )


async def test_a_grade_comes_back_as_it_was_saved(
    grades: GradeRepository, elsewhere: Database
) -> None:
    await grades.save(a_record("first"))
    record = a_record("second", source=EVENT, follows="gr_first", engagement_id="acme-2026-11")
    await grades.save(record)
    assert await GradeRepository(elsewhere).find("gr_second") == record


async def test_an_instant_keeps_its_meaning_whatever_its_time_zone(grades: GradeRepository) -> None:
    tokyo = datetime(2026, 11, 20, 21, 30, tzinfo=timezone(timedelta(hours=9)))
    await grades.save(a_record(created_at=tokyo))
    kept = (await grades.find("gr_one")).created_at
    assert kept == tokyo
    assert kept.utcoffset() == timedelta(0)


async def test_an_unknown_id_is_an_unknown_grade(grades: GradeRepository) -> None:
    with pytest.raises(UnknownGrade):
        await grades.find("gr_nowhere")


async def test_nothing_is_lost_when_many_write_at_once(
    grades: GradeRepository, elsewhere: Database
) -> None:
    other = GradeRepository(elsewhere)
    names = [f"{writer}-{n}" for n in range(60) for writer in ("this", "other")]
    writers = {"this": grades, "other": other}
    await asyncio.gather(*(writers[n.partition("-")[0]].save(a_record(n)) for n in names))
    assert {(await grades.find(f"gr_{name}")).id for name in names} == {f"gr_{n}" for n in names}


async def test_one_source_event_is_kept_once_even_when_saved_at_the_same_time(
    grades: GradeRepository, elsewhere: Database
) -> None:
    other = GradeRepository(elsewhere)
    saved = await asyncio.gather(
        *((grades, other)[n % 2].save(a_record(str(n), source=EVENT)) for n in range(20))
    )
    assert len({record.id for record in saved}) == 1
    assert await grades.find_by_source(EVENT) == saved[0]


async def test_answers_without_a_source_are_each_kept(grades: GradeRepository) -> None:
    await grades.save(a_record("one"))
    await grades.save(a_record("two"))
    assert (await grades.find("gr_one")).id != (await grades.find("gr_two")).id


async def test_a_grade_never_overwrites_another(grades: GradeRepository) -> None:
    await grades.save(a_record())
    with pytest.raises(IntegrityError):
        await grades.save(a_record(answer="Something else."))
    assert (await grades.find("gr_one")).answer == a_record().answer


async def test_a_database_error_does_not_quote_the_answer(grades: GradeRepository) -> None:
    await grades.save(a_record())
    with pytest.raises(IntegrityError) as caught:
        await grades.save(a_record(answer="Heliotrope."))
    assert "Heliotrope" not in str(caught.value)


async def test_a_database_without_its_tables_is_not_ready(
    database: Database, tmp_path: Path
) -> None:
    empty = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.sqlite3")
    assert await database.is_ready()
    assert not await empty.is_ready()
    await empty.aclose()
