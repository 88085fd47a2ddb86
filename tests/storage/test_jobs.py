"""Jobs are kept once for each key, and none is lost."""

import asyncio
from datetime import UTC, datetime

import pytest

from service.errors import ModelUnavailable, UnknownJob
from service.storage.database import Database
from service.storage.jobs import CallPart, Failure, JobKind, JobRepository, JobStatus, StoredJob

pytestmark = pytest.mark.anyio


def a_job(name: str = "one", **values: object) -> StoredJob:
    now = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
    whole = {"id": name, "kind": JobKind.TRANSCRIPT, "key": "k", "digest": "d", "request": {}}
    return StoredJob.model_validate({**whole, "created_at": now, "updated_at": now, **values})


def a_part(said: str) -> CallPart:
    return CallPart(tool="zoom", call_id="77", content={"turns": [said]})


@pytest.fixture
def jobs(database: Database) -> JobRepository:
    return JobRepository(database)


async def test_a_job_comes_back_as_it_was_kept(jobs: JobRepository) -> None:
    job = a_job(request={"words": "日本語"}, total=3)
    assert await jobs.add(job) == await jobs.find("one") == job
    with pytest.raises(UnknownJob):
        await jobs.find("two")


async def test_one_job_of_a_key_is_kept_however_many_come_at_once(jobs: JobRepository) -> None:
    coming = [a_job(str(n)) for n in range(10)]
    kept = await asyncio.gather(*(jobs.add(job, a_part(job.id)) for job in coming))
    assert len({job.id for job in kept}) == 1
    assert len(await jobs.find_parts("zoom", "77")) == 1


async def test_parts_come_back_in_the_order_in_which_they_came(jobs: JobRepository) -> None:
    for n in (3, 1, 2):
        at = datetime(2026, 11, 23, 12, n, tzinfo=UTC)
        await jobs.add(a_job(f"job {n}", key=str(n), created_at=at), a_part(str(n)))
    await jobs.add(a_job("other", key="o"), CallPart(tool="zoom", call_id="78", content={}))
    found = await jobs.find_parts("zoom", "77")
    assert [part.content["turns"] for part in found] == [["1"], ["2"], ["3"]]


async def test_what_is_not_over_is_found_again(jobs: JobRepository) -> None:
    for status in JobStatus:
        await jobs.add(a_job(status, key=status, status=status))
    assert [job.id for job in await jobs.find_unfinished()] == ["queued", "running"]


async def test_a_job_is_run_again_once_however_many_ask(jobs: JobRepository) -> None:
    failed = await jobs.add(
        a_job(status=JobStatus.FAILED, failure=Failure.of(ModelUnavailable("HTTP 503")))
    )
    again = await asyncio.gather(*(jobs.run_again(failed) for _ in range(5)))
    assert {job.run_id for job in again} == {"one-2"}
    assert again[0].failure is None


async def test_progress_never_goes_back(jobs: JobRepository) -> None:
    await jobs.add(a_job())
    await jobs.record_progress("one", 6, 5)
    await jobs.record_progress("one", 6, 4)
    assert (await jobs.find("one")).finished == 5
