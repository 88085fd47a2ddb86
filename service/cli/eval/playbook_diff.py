"""`probewise eval playbook-diff`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say, show
from service.cli.eval.options import (
    FilesOption,
    GoldenOption,
    ModelOption,
    PromptOption,
    eval_parts,
    write_files,
)
from service.cli.eval.progress import GradingProgress
from service.cli.eval.tables import make_comparison_table
from service.cli.options import JudgeOption
from service.evaluation.cases.case import ChosenSplit
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.execute import grade_in_memory
from service.evaluation.runs.playbook_versions import (
    PlaybookVersion,
    RewordedCases,
    plan_version,
    read_version,
    select_reworded,
)
from service.evaluation.runs.run import Run
from service.wiring import Parts

__all__ = ["playbook_diff"]

PlaybooksArgument = Annotated[Path, typer.Argument(help="A playbook file, or a folder of them.")]


def playbook_diff(
    context: typer.Context,
    old: PlaybooksArgument,
    new: PlaybooksArgument,
    judge: JudgeOption = None,
    model: ModelOption = None,
    prompt: PromptOption = None,
    split: Annotated[ChosenSplit, typer.Option(help="Which cases.")] = "all",
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Answers at a time.")] = 8,
    golden: GoldenOption = Path("evals/golden"),
    output: FilesOption = None,
) -> None:
    """Grade the golden set under two versions of a playbook and show which verdicts flip.

    Only the questions that both versions have and word differently are graded. Exit code 0: no case
    became wrong or ungraded; 1: some did.

    Example: `probewise eval playbook-diff playbooks/ai-ml.yaml draft.yaml --judge embedded`
    """
    versions = read_version(old), read_version(new)
    reworded = select_reworded(golden, split, *versions)
    say(f"worded differently: {', '.join(reworded.questions)}")
    runs = []
    for version in versions:
        parts = eval_parts(context, judge, model, prompt)
        parts.catalogue = version.catalogue
        runs.append(asyncio.run(_grade_version(version, reworded, parts, concurrency)))
    before, after = runs
    comparison = compare_runs(before, after)
    show(make_comparison_table(comparison))
    write_files(RunReport(after, measure(after.results), comparison), output)
    if comparison.lost or comparison.newly_ungraded:
        raise typer.Exit(1)


async def _grade_version(
    version: PlaybookVersion, reworded: RewordedCases, parts: Parts, concurrency: int
) -> Run:
    plan = plan_version(reworded, version)
    async with parts:
        with GradingProgress() as progress:
            return await grade_in_memory(
                version.name,
                plan,
                parts.judge,
                parts.run_key(plan.cases),
                started_at=datetime.now(UTC),
                watcher=progress,
                concurrency=concurrency,
            )
