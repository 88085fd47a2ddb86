"""A job that was acknowledged ends or goes on, whatever becomes of its run."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from service.errors import StorageUnavailable
from service.grading.answers import Submission
from service.jobs import job_watch
from service.jobs.batches import BatchItem, new_batch_job
from service.jobs.durable import DurableRunner
from service.jobs.runner import Work
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.models import Question
from service.settings import Settings
from service.storage.jobs import JobStatus, StoredJob
from service.wiring import Parts
from tests.fakes import FakeJudge, FakeRunner, fake_parts

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class LosingRunner(FakeRunner):
    """Takes a run and forgets it, the first `losses` times; or can't take it at all."""

    def __init__(self, losses: int = 0) -> None:
        super().__init__()
        self.losses = losses
        self.failure: Exception | None = None
        self.ended: set[str] = set()

    async def add(self, run_id: str, job_id: str) -> bool:
        if self.failure:
            raise self.failure
        if run_id in self.ended:
            return False
        if self.losses:
            self.losses -= 1
            self.ended.add(run_id)
            return True
        return await super().add(run_id, job_id)


class HeldRunner(FakeRunner):
    """Is at every run for ever."""

    async def start(self, work: Work) -> None:
        self.work = work

    async def add(self, run_id: str, job_id: str) -> bool:
        self.added.append(run_id)
        return True

    def is_alive(self, run_id: str) -> bool:
        return run_id in self.added


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/grades.sqlite3")


@pytest.fixture
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    made = fake_parts(settings)
    await made.database.upgrade()
    async with made:
        yield made


def a_batch(answers: int = 2, content: bytes = b"one") -> StoredJob:
    items = [
        BatchItem(
            number=n,
            submission=Submission(question_id="cooking.1", answer=Answer.of(f"It burns, {n}.")),
        )
        for n in range(1, answers + 1)
    ]
    return new_batch_job(items, content)


async def until_over(parts: Parts, job_id: str) -> StoredJob:
    with anyio.fail_after(60):
        while not (job := await parts.jobs.find(job_id)).is_over:  # noqa: ASYNC110
            await anyio.sleep(0.02)
    return job


async def age(parts: Parts, job: StoredJob, minutes: float) -> None:
    """Let the job look as if nobody had been at it for so long."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    async with parts.database.change() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE jobs SET updated_at = ? WHERE id = ?",
            (then.strftime("%Y-%m-%d %H:%M:%S.%f"), job.id),
        )


async def test_posting_again_revives_a_job_whose_run_has_ended(parts: Parts) -> None:
    parts.runner = LosingRunner(losses=1)
    await parts.queue.start()
    job = await parts.queue.submit(a_batch())
    assert not (await parts.jobs.find(job.id)).is_over
    again = await parts.queue.submit(a_batch())
    assert again.id == job.id
    assert (await until_over(parts, job.id)).status is JobStatus.DONE


async def test_a_restart_revives_a_job_whose_run_has_ended(parts: Parts) -> None:
    runner = LosingRunner()
    parts.runner = runner
    job = await parts.jobs.add(a_batch())
    await parts.jobs.update(job, status=JobStatus.RUNNING)
    runner.ended.add(job.run_id)
    await parts.queue.start()
    assert (await until_over(parts, job.id)).runs == 2


async def test_a_job_that_nobody_is_at_is_run_again_without_being_asked(parts: Parts) -> None:
    parts.runner = LosingRunner(losses=1)
    await parts.queue.start()
    job = await parts.queue.submit(a_batch())
    await parts.queue._watch.look()
    assert (await parts.jobs.find(job.id)).runs == 1  # perhaps another process is at it
    await age(parts, job, minutes=3)
    await parts.queue._watch.look()
    assert (await until_over(parts, job.id)).status is JobStatus.DONE


async def test_a_job_that_someone_is_at_is_left_alone_and_kept_fresh(parts: Parts) -> None:
    parts.runner = HeldRunner()
    await parts.queue.start()
    job = await parts.queue.submit(a_batch())
    await age(parts, job, minutes=3)
    await parts.queue._watch.look()
    kept = await parts.jobs.find(job.id)
    assert kept.runs == 1
    assert datetime.now(UTC) - kept.updated_at < timedelta(minutes=1)


async def test_a_run_that_another_has_replaced_does_nothing(parts: Parts) -> None:
    runner = HeldRunner()
    parts.runner = runner
    await parts.queue.start()
    job = await parts.queue.submit(a_batch())
    again = await parts.jobs.run_again(job)
    assert await runner.work(job.run_id, job.id, False)
    assert (await parts.jobs.find(job.id)).status is JobStatus.QUEUED
    assert await runner.work(again.run_id, job.id, False)
    assert (await parts.jobs.find(job.id)).status is JobStatus.DONE


async def test_a_job_is_acknowledged_though_the_runner_can_not_take_it_yet(parts: Parts) -> None:
    runner = LosingRunner()
    runner.failure = OSError("no space left")
    parts.runner = runner
    await parts.queue.start()
    job = await parts.queue.submit(a_batch())
    runner.failure = None
    await parts.queue._watch.look()
    assert (await until_over(parts, job.id)).status is JobStatus.DONE


async def test_a_job_waits_for_a_locked_database_and_pays_for_nothing_twice(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_watch, "_EVERY_S", 0.1)
    parts = fake_parts(settings)
    judge = FakeJudge()
    parts.judge = judge
    parts.runner = DurableRunner(f"sqlite:///{tmp_path}/jobs.sqlite3")
    await parts.database.upgrade()
    async with parts:
        await parts.queue.start()
        other = sqlite3.connect(tmp_path / "grades.sqlite3", isolation_level=None)
        job = await parts.queue.submit(a_batch(40))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await parts.queue.submit(a_batch(content=b"two"))
        await asyncio.sleep(3)
        other.close()
        done = await until_over(parts, job.id)
        assert (done.status, done.finished, done.runs) == (JobStatus.DONE, 40, 1)
        assert done.result is not None
        assert all(entry["grade"] for entry in done.result["results"])  # type: ignore[union-attr,index,call-overload]


async def test_an_unforeseen_error_is_the_failure_of_its_answer_alone(parts: Parts) -> None:
    class Touchy(FakeJudge):
        async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
            if answer.text.endswith("2."):
                raise TypeError(answer.text)
            return await super().grade(question, answer)

    parts.judge = Touchy()
    await parts.queue.start()
    job = await parts.queue.submit(a_batch(3))
    done = await until_over(parts, job.id)
    assert done.status is JobStatus.DONE
    assert not done.is_whole  # so that the batch can be sent again
    assert done.result is not None
    entries = done.result["results"]
    assert isinstance(entries, list)
    refused = [entry["refused"] and entry["refused"]["error"] for entry in entries]  # type: ignore[index,call-overload]
    assert refused == [None, "UnexpectedError", None]
    assert "burns" not in str([entry["refused"] for entry in entries])  # type: ignore[index,call-overload]
