"""A run from its plan to its figures."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from service import __version__
from service.errors import ConfigurationError
from service.evaluation.cases.case import write_golden
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.cases.golden import Selection
from service.evaluation.metrics.measure import read_metrics
from service.evaluation.runs.execute import Execution, execute, grade_in_memory
from service.evaluation.runs.plan import RunPlan, plan_run
from service.evaluation.runs.run import Run
from service.evaluation.runs.run_folder import find_code_version, read_run
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from tests.evaluation.cases import a_case, a_config
from tests.fakes import FakeJudge, a_catalogue

pytestmark = pytest.mark.anyio

WEAK = Verdict.WEAK
CASES = [a_case(f"c-{n}", f"cooking.{n}") for n in (1, 2, 3)]
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="HTTP 503")
STARTED = datetime(2026, 11, 23, tzinfo=UTC)


class Watcher:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def begin(self, planned: int, finished: int) -> None:
        self.seen.append((planned, finished))

    def add(self, result: CaseResult) -> None:
        self.seen.append(result.case.id)

    def end(self, run: Run) -> None:
        self.seen.append(f"{run.ungraded} ungraded")


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    (tmp_path / "golden").mkdir()
    write_golden(CASES, tmp_path / "golden" / "cases.yaml")
    return plan_run(tmp_path / "golden", Selection(), a_catalogue())


async def run(plan: RunPlan, judge: FakeJudge, folder: Path, watcher: Watcher) -> Execution:
    key = a_config().key
    return await execute(plan, judge, key, folder, started_at=STARTED, watcher=watcher)


async def test_a_run_is_followed_graded_measured_and_stored(plan: RunPlan, tmp_path: Path) -> None:
    judge, watcher = FakeJudge(WEAK), Watcher()
    executed = await run(plan, judge, tmp_path / "run", watcher)
    assert watcher.seen == [(3, 0), "c-1", "c-2", "c-3", "0 ungraded"]
    assert executed.run == read_run(tmp_path / "run")
    assert executed.run.config.started_at == STARTED
    assert executed.metrics == read_metrics(tmp_path / "run")
    assert executed.metrics.verdicts.accuracy.value == 1
    assert not judge.closed  # whoever built it closes it


async def test_only_what_has_no_grade_is_graded_again(plan: RunPlan, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no case was graded"):
        await run(plan, FakeJudge(DOWN), tmp_path / "run", watcher := Watcher())
    assert watcher.seen[-1] == "3 ungraded"  # it hears of it before there are no figures
    await run(plan, FakeJudge(WEAK), tmp_path / "run", Watcher())
    judge, watcher = FakeJudge(WEAK), Watcher()
    await run(plan, judge, tmp_path / "run", watcher)
    assert (watcher.seen, judge.asked) == ([(3, 3), "0 ungraded"], [])


async def test_a_run_in_memory_stores_nothing(
    plan: RunPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    watcher, key = Watcher(), a_config().key
    found = await grade_in_memory(
        "draft", plan, FakeJudge(WEAK), key, started_at=STARTED, watcher=watcher
    )
    assert [result.case.id for result in found.results] == ["c-1", "c-2", "c-3"]
    assert (found.name, found.missing, found.config.key) == ("draft", 0, key)
    assert watcher.seen == [(3, 0), "c-1", "c-2", "c-3", "0 ungraded"]
    assert [file.name for file in tmp_path.iterdir()] == ["golden"]  # noqa: ASYNC240 - a test may wait


def test_the_version_of_the_code_names_the_commit_of_a_checkout() -> None:
    version = find_code_version()
    assert version.startswith(__version__)
    if (Path(__file__).parents[2] / ".git").exists():
        assert version.startswith(f"{__version__}+")
