"""`probewise eval playbook-diff`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.console import console, say
from service.cli.eval.options import (
    FilesOption,
    GoldenOption,
    ModelOption,
    PromptOption,
    eval_parts,
    write_files,
)
from service.cli.eval.progress import GradingProgress
from service.cli.eval.tables import comparison_table
from service.cli.options import JudgeOption
from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import Selection, by_number, read_folder, select
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import Report
from service.evaluation.runs.comparison import compare
from service.evaluation.runs.run import Line, Run, RunConfig, code_version
from service.evaluation.runs.runner import grade_items, plan
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbook, load_playbooks
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
    split: Annotated[Literal["dev", "test", "all"], typer.Option(help="Which cases.")] = "all",
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Answers at a time.")] = 8,
    golden: GoldenOption = Path("evals/golden"),
    output: FilesOption = None,
) -> None:
    """Grade the golden set under two versions of a playbook and show which verdicts flip.

    Only questions of both versions whose wording differs are graded. Exit code 0: no case became
    wrong or ungraded; 1: some did.

    Example: `probewise eval playbook-diff playbooks/ai-ml.yaml draft.yaml --judge embedded`
    """
    old_parts = eval_parts(context, judge, model, prompt)
    new_parts = eval_parts(context, judge, model, prompt)
    old_parts.catalogue, new_parts.catalogue = _catalogue(old), _catalogue(new)
    asked = _reworded(old_parts.catalogue, new_parts.catalogue)
    every = select(read_folder(golden), Selection(split=split))
    cases = [case for case in every if case.question_id in asked]
    if not cases:
        raise ConfigurationError(
            f"{old} and {new}: no golden case asks a question that both have and word differently"
        )
    say(f"worded differently: {', '.join(sorted(asked, key=by_number))}")
    selection = Selection(split=split, only=tuple(sorted(asked)))
    runs = [
        asyncio.run(_graded(name, cases, parts, selection, concurrency))
        for name, parts in ((str(old), old_parts), (str(new), new_parts))
    ]
    found = compare(*runs)
    console.print(comparison_table(found))
    write_files(Report(runs[1], measure(runs[1].lines), found), output)
    if found.lost or found.newly_ungraded:
        raise typer.Exit(1)


def _catalogue(path: Path) -> Catalogue:
    return Catalogue(load_playbooks(path) if path.is_dir() else [load_playbook(path)])


def _reworded(before: Catalogue, after: Catalogue) -> set[str]:
    """The questions of both versions that differ in a word."""
    now = {question.id: question.model_dump_json() for question in after.questions}
    return {
        question.id
        for question in before.questions
        if now.get(question.id, question.model_dump_json()) != question.model_dump_json()
    }


async def _graded(
    name: str,
    cases: Sequence[Case],
    parts: Parts,
    selection: Selection,
    concurrency: int,
) -> Run:
    """The cases graded under one version; nothing is kept."""
    items = list(plan(cases, parts.catalogue, selection))
    lines: list[Line] = []
    with GradingProgress(len(items), 0) as progress:

        def done(line: Line) -> None:
            lines.append(line)
            progress.add(line)

        async with parts:
            await grade_items(items, parts.judge, concurrency=concurrency, done=done)
    config = RunConfig(
        key=parts.run_key(cases),
        selection=selection,
        planned=len(items),
        started_at=datetime.now(UTC),
        code_version=code_version(),
    )
    return Run(name, config, tuple(sorted(lines, key=lambda line: line.case.id)))
