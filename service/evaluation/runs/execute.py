"""Execute a planned run: open its folder, grade what is missing, measure, store the figures."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from service.evaluation.cases.case_result import CaseResult, GivenGrade, ResultId
from service.evaluation.metrics.measure import Metrics, measure, write_metrics
from service.evaluation.runs.plan import PlannedAnswer, RunPlan
from service.evaluation.runs.run import Run, RunConfig, RunKey
from service.evaluation.runs.run_folder import (
    append_results,
    find_code_version,
    open_run,
    read_run,
)
from service.evaluation.runs.wrapped_judge import CachedJudge
from service.judging.batch import BatchAnswer, BatchResult, grade_batch
from service.judging.models import Answer, Grade, Judge, Ungraded

__all__ = ["Execution", "RunWatcher", "execute", "grade_answers", "grade_in_memory"]


class RunWatcher(Protocol):
    """Follows a run, to show a person how far it is."""

    def begin(self, planned: int, finished: int) -> None:
        """Note that grading begins; `finished` results are there from an earlier start."""
        ...

    def add(self, result: CaseResult) -> None:
        """Note one more result."""
        ...

    def end(self, run: Run) -> None:
        """Note that grading is done; the figures of the run come next, if it has any."""
        ...


@dataclass(frozen=True)
class Execution:
    """A run that was graded to its end, and its figures."""

    run: Run
    metrics: Metrics


async def execute(
    plan: RunPlan,
    judge: Judge,
    key: RunKey,
    folder: Path,
    *,
    started_at: datetime,
    watcher: RunWatcher,
    concurrency: int = 8,
    cache: Path | None = None,
    unread_prompts: Mapping[str, str] | None = None,
) -> Execution:
    """Grade a plan into a folder, measure the results and store the figures there.

    An unfinished run of the same key and selection is continued: only what has no grade yet is
    graded. `cache` is a folder in which an LLM's grades are stored for the next run. It is not used
    if cases are repeated, nor for the embedded judge, whose grades cost nothing. `unread_prompts`
    are stored (see `digest_prompts`), if this judge reads none. Raises ConfigurationError if the
    folder holds something else, or if no case could be graded.
    """
    # Stored grades would make all repeats alike, and the embedded judge costs nothing anyway.
    is_cached = plan.selection.repeat == 1 and key.judge != "embedded"
    finished = open_run(folder, _make_config(plan, key, started_at, unread_prompts))
    watcher.begin(len(plan.answers), len(finished))
    if cache and is_cached:
        judge = CachedJudge(judge, cache, identity=key.judge_identity)
    with append_results(folder) as append:

        def store(result: CaseResult) -> None:
            append(result)
            watcher.add(result)

        await grade_answers(
            plan.answers, judge, concurrency=concurrency, done=store, finished=finished
        )
    # Read back from the folder, which also has the results of an earlier start.
    run = read_run(folder)
    watcher.end(run)
    metrics = measure(run.results)
    write_metrics(folder, metrics)
    return Execution(run, metrics)


async def grade_in_memory(
    name: str,
    plan: RunPlan,
    judge: Judge,
    key: RunKey,
    *,
    started_at: datetime,
    watcher: RunWatcher,
    concurrency: int = 8,
) -> Run:
    """Grade a plan and store nothing; the results are in the order of the case ids."""
    results: list[CaseResult] = []
    watcher.begin(len(plan.answers), 0)

    def collect(result: CaseResult) -> None:
        results.append(result)
        watcher.add(result)

    await grade_answers(plan.answers, judge, concurrency=concurrency, done=collect)
    ordered = tuple(sorted(results, key=lambda result: result.case.id))
    run = Run(name, _make_config(plan, key, started_at), ordered)
    watcher.end(run)
    return run


async def grade_answers(
    answers: Sequence[PlannedAnswer],
    judge: Judge,
    *,
    concurrency: int,
    done: Callable[[CaseResult], None],
    finished: Collection[ResultId] = (),
) -> None:
    """Grade the answers whose ids aren't finished; call `done` with each result as it comes."""
    requests = (
        BatchAnswer(number, answer.question, Answer.of(answer.case.answer))
        for number, answer in enumerate(answers)
        if answer.id not in finished
    )

    def collect(outcome: BatchResult) -> None:
        done(_make_result(answers[int(outcome.id)], outcome.result))

    await grade_batch(requests, judge, concurrency=concurrency, done=collect)


def _make_config(
    plan: RunPlan,
    key: RunKey,
    started_at: datetime,
    unread_prompts: Mapping[str, str] | None = None,
) -> RunConfig:
    return RunConfig(
        key=key,
        selection=plan.selection,
        planned=len(plan.answers),
        started_at=started_at,
        code_version=find_code_version(),
        unread_prompts=dict(unread_prompts or {}),
    )


def _make_result(answer: PlannedAnswer, graded: Grade | Ungraded) -> CaseResult:
    return CaseResult(
        case=answer.case,
        repeat=answer.repeat,
        change=answer.change,
        wants=answer.wants,
        given=GivenGrade.of(graded) if isinstance(graded, Grade) else None,
        ungraded=graded if isinstance(graded, Ungraded) else None,
    )
