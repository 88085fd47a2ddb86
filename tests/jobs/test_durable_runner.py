"""The durable runner keeps at a job until its work is done."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from service.errors import ConfigurationError
from service.jobs import durable
from service.jobs.durable import DurableRunner

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


class Work:
    """Is done at the `done_at`th call, and remembers what it was asked."""

    def __init__(self, done_at: int = 1) -> None:
        self.done_at = done_at
        self.calls: list[tuple[str, float | None]] = []
        self.over = asyncio.Event()

    async def __call__(self, _run_id: str, job_id: str, retry_in_s: float | None) -> bool:
        self.calls.append((job_id, retry_in_s))
        is_done = len(self.calls) >= self.done_at
        if is_done or retry_in_s is None:
            self.over.set()
        return is_done


@pytest.fixture
async def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DurableRunner]:
    monkeypatch.setattr(durable, "_PAUSES_S", (0.01, 0.01))
    runner = DurableRunner(f"sqlite:///{tmp_path}/jobs.sqlite3")
    yield runner
    await runner.aclose()


async def run(runner: DurableRunner, work: Work, *run_ids: str) -> None:
    await runner.start(work)
    for run_id in run_ids:
        await runner.add(run_id, "job")
    with anyio.fail_after(30):
        await work.over.wait()


async def test_a_run_that_was_added_before_changes_nothing(runner: DurableRunner) -> None:
    work = Work()
    await run(runner, work, "job-1", "job-1")
    work.over.clear()
    await runner.add("job-1", "job")
    await runner.add("job-2", "other")
    with anyio.fail_after(30):
        await work.over.wait()
    assert work.calls == [("job", 0.01), ("other", 0.01)]


async def test_work_that_asks_for_it_is_called_again(runner: DurableRunner) -> None:
    work = Work(done_at=2)
    await run(runner, work, "job-1")
    assert work.calls == [("job", 0.01)] * 2


async def test_the_last_call_says_so(runner: DurableRunner) -> None:
    work = Work(done_at=99)
    await run(runner, work, "job-1")
    assert [retry_in_s for _, retry_in_s in work.calls] == [0.01, 0.01, None]


async def test_a_run_that_was_cut_off_is_taken_up_by_the_next_start(
    runner: DurableRunner,
) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def stuck(_run_id: str, _job_id: str, _retry_in_s: float | None) -> bool:
        begun.set()
        return await never.wait()

    await runner.start(stuck)
    await runner.add("job-1", "job")
    await begun.wait()
    await runner.aclose()
    work = Work()
    await run(runner, work)
    assert work.calls == [("job", 0.01)]


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/jobs.sqlite3", "mysql://u:secret@h/d"])
async def test_a_database_that_can_not_be_used_names_the_setting(url: str) -> None:
    runner = DurableRunner(url)
    with pytest.raises(ConfigurationError, match="PROBEWISE_JOBS_URL") as caught:
        await runner.start(Work())
    assert "secret" not in str(caught.value)
    await runner.aclose()
