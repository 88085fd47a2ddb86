"""`probewise eval run`."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.console import console, counted, say
from service.cli.eval.options import GoldenOption, ModelOption, PromptOption, eval_parts
from service.cli.eval.progress import GradingProgress
from service.cli.eval.tables import metrics_table
from service.cli.options import JudgeOption
from service.evaluation.cases.golden import Selection, read_folder, select
from service.evaluation.metrics.measure import measure, write_metrics
from service.evaluation.robustness.changed_cases import read_suite
from service.evaluation.runs.case_cache import Cached
from service.evaluation.runs.pacing import Paced
from service.evaluation.runs.run import (
    Key,
    Line,
    LineId,
    RunConfig,
    appending,
    code_version,
    open_run,
    read_run,
)
from service.evaluation.runs.runner import Item, grade_items, plan
from service.judging.models import Judge
from service.settings import Settings

__all__ = ["run"]

Split = Annotated[
    Literal["dev", "test", "all"],
    typer.Option(help="Which half of the golden set; tune on dev, report on test."),
]
Only = Annotated[
    list[str] | None, typer.Option(help="Question or playbook id; may be given several times.")
]
Sample = Annotated[
    int | None, typer.Option(min=1, help="So many cases only, evenly over the questions.")
]
Repeat = Annotated[
    int, typer.Option(min=1, help="Times each case is graded; more than once is never cached.")
]
Robustness = Annotated[
    int, typer.Option(min=0, help="Changed answers of each kind for each case; 0: none.")
]
Rate = Annotated[int | None, typer.Option(min=1, help="At most so many answers a minute.")]
Cache = Annotated[
    Path, typer.Option(file_okay=False, help="Where an LLM's grades are kept between runs.")
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        file_okay=False,
        help="The run's folder; one begun before goes on. Default: runs/JUDGE-SPLIT-TIME.",
    ),
]


def run(
    context: typer.Context,
    judge: JudgeOption = None,
    model: ModelOption = None,
    prompt: PromptOption = None,
    split: Split = "test",
    only: Only = None,
    sample: Sample = None,
    repeat: Repeat = 1,
    robustness: Robustness = 0,
    seed: Annotated[int, typer.Option(help="Draws the sample and the changed answers.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell cases, tokens and cost; grade nothing.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Answers at a time.")] = 8,
    rate: Rate = None,
    cache: Cache = Path(".probewise/cache"),
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Keep and use no grades.")] = False,
    output: Output = None,
    golden: GoldenOption = Path("evals/golden"),
    suite: Annotated[Path, typer.Option(dir_okay=False, help="Changes for --robustness.")] = Path(
        "evals/robustness.yaml"
    ),
) -> None:
    """Grade golden cases and measure how well the judge meets their labels.

    A run is a folder that `eval report`, `eval compare` and `eval gate` read. Exit code 0: every
    case was graded; 1: some stayed ungraded (the same command tries those again); 2: nothing could
    be graded.

    Example: `probewise eval run --judge embedded --split test --output runs/today`
    """
    parts = eval_parts(context, judge, model, prompt)
    changes = read_suite(suite) if robustness else None
    selection = Selection(
        split=split,
        only=tuple(only or ()),
        sample=sample,
        repeat=repeat,
        changes=robustness,
        suite=changes and changes.digest,
        seed=seed,
    )
    cases = select(read_folder(golden), selection)
    items = list(plan(cases, parts.catalogue, selection, changes))
    if dry_run:
        _show_budget(items, parts.settings)
        return
    key = parts.run_key(cases)
    started = datetime.now(UTC)
    config = RunConfig(
        key=key,
        selection=selection,
        planned=len(items),
        started_at=started,
        code_version=code_version(),
    )
    folder = output or Path("runs") / f"{key.judge}-{split}-{started:%Y%m%d-%H%M%S}"
    kept = None if no_cache or repeat > 1 or key.judge == "embedded" else cache
    wrapped = _wrapped(parts.judge, key, rate, kept)
    _grade_into(folder, items, wrapped, concurrency, open_run(folder, config))
    _conclude(folder, title=f"{folder}: {key.judge}, golden {split}")


def _conclude(folder: Path, *, title: str) -> None:
    """Measure what is there, show it, and say how to go on where something stayed ungraded."""
    run = read_run(folder)
    ungraded = sum(line.ungraded is not None for line in run.lines)
    if ungraded:
        say(f"{ungraded} ungraded: run this again with -o {folder}")
    metrics = measure(run.lines)
    write_metrics(folder, metrics)
    console.print(metrics_table(metrics, title=title))
    if ungraded:
        raise typer.Exit(1)


def _wrapped(judge: Judge, key: Key, rate: int | None, cache: Path | None) -> Judge:
    """The judge no faster than the rate, behind the cache, where there are such."""
    paced = Paced(judge, per_minute=rate) if rate else judge
    return Cached(paced, cache, identity=key.judge_identity) if cache else paced


def _grade_into(
    folder: Path,
    items: Sequence[Item],
    judge: Judge,
    concurrency: int,
    finished: Collection[LineId],
) -> None:
    with GradingProgress(len(items), len(finished)) as progress, appending(folder) as append:

        def write(line: Line) -> None:
            append(line)
            progress.add(line)

        async def grade() -> None:
            try:
                await grade_items(
                    items, judge, concurrency=concurrency, done=write, finished=finished
                )
            finally:
                await judge.aclose()

        try:
            asyncio.run(grade())
        except KeyboardInterrupt:
            progress.stop()
            say(f"stopped; the same command with -o {folder} goes on")
            raise typer.Exit(130) from None


def _show_budget(items: Sequence[Item], settings: Settings) -> None:
    """What the run would take; the embedded judge takes no tokens."""
    questions = {item.question.id for item in items}
    console.print(f"{counted(len(items), 'answer')} to {counted(len(questions), 'question')}")
    if settings.judge_in_use == "embedded":
        console.print("no tokens, no cost: the embedded judge runs here")
        return
    from service.evaluation.runs.budget import budget
    from service.judging.prompt import load_prompt

    base_url = settings.base_url or "https://api.openai.com/v1"
    expected = budget(
        items, load_prompt(settings.prompt), model=settings.models[0], base_url=base_url
    )
    at_most = " at most, the embedded judge keeps some" * (settings.judge_in_use == "cascade")
    cost = "unknown" if expected.cost_usd is None else f"${expected.cost_usd:.4f}"
    console.print(
        f"about {expected.input_tokens:,} input and {expected.output_tokens:,} output tokens, "
        f"cost {cost} ({settings.models[0]}){at_most}",
        highlight=False,
    )
