"""`probewise eval run`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from service.cli.console import counted, say, show
from service.cli.eval.confirm_labels import warn_of_reworded
from service.cli.eval.options import GoldenOption, ModelOption, PromptOption, eval_parts
from service.cli.eval.progress import GradingProgress
from service.cli.eval.tables import make_metrics_table
from service.cli.options import JudgeOption
from service.evaluation.cases.case import ChosenSplit
from service.evaluation.cases.golden import Selection
from service.evaluation.cases.label_wordings import find_reworded
from service.evaluation.robustness.suite import find_suite_file, read_suite
from service.evaluation.runs.execute import Execution, execute
from service.evaluation.runs.plan import RunPlan, estimate_budget, plan_run
from service.evaluation.runs.run import Run
from service.evaluation.runs.unread_prompts import digest_prompts
from service.evaluation.runs.wrapped_judge import PacedJudge
from service.settings import Settings

__all__ = ["run"]

Split = Annotated[
    ChosenSplit,
    typer.Option(help="Half of the golden set; tune on dev, report on test."),
]
Only = Annotated[
    list[str] | None, typer.Option(help="Question or playbook id; may be given several times.")
]
Sample = Annotated[
    int | None, typer.Option(min=1, help="Grade only so many cases, evenly over the questions.")
]
Repeat = Annotated[
    int,
    typer.Option(
        min=1, help="How often each case is graded; more than once uses no stored grades."
    ),
]
Robustness = Annotated[
    int, typer.Option(min=0, help="Number of changed answers of each kind for each case.")
]
Rate = Annotated[
    int | None, typer.Option(min=1, help="Send an LLM at most so many answers a minute.")
]
Cache = Annotated[
    Path,
    typer.Option(
        file_okay=False, help="Folder in which an LLM's grades are stored for the next runs."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        file_okay=False,
        help="The run's folder; an unfinished run in it is continued. "
        "Default: runs/JUDGE-SPLIT-TIME.",
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
    seed: Annotated[int, typer.Option(help="Seed of the sample and of the changed answers.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show cases, tokens and cost; grade nothing.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Answers at a time.")] = 8,
    rate: Rate = None,
    cache: Cache = Path(".probewise/cache"),
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Store no grades and use no stored ones.")
    ] = False,
    output: Output = None,
    golden: GoldenOption = Path("evals/golden"),
    suite: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="File of changes for --robustness. "
            "Default: evals/robustness.yaml if it is there, else the built-in one.",
        ),
    ] = None,
) -> None:
    """Grade golden cases and measure how well the judge meets their labels.

    A run is a folder that `eval report`, `eval compare` and `eval gate` read. Exit code 0: every
    case was graded; 1: some stayed ungraded (the same command tries those again); 2: nothing could
    be graded.

    Example: `probewise eval run --judge embedded --split test --output runs/today`
    """
    parts = eval_parts(context, judge, model, prompt)
    changes = read_suite(suite or find_suite_file()) if robustness else None
    selection = Selection(
        split=split,
        only=tuple(only or ()),
        sample=sample,
        repeat=repeat,
        changes=robustness,
        suite=changes and changes.digest,
        seed=seed,
    )
    plan = plan_run(golden, selection, parts.catalogue, changes)
    warn_of_reworded(find_reworded(golden, plan.cases, parts.catalogue.questions))
    if dry_run:
        _show_budget(plan, parts.settings)
        return
    if rate and parts.settings.judge_in_use != "embedded":
        # Inside the cascade too, only what is sent to an LLM waits for its turn.
        parts.llm_judge = PacedJudge(parts.llm_judge, per_minute=rate)
    key, started = parts.run_key(plan.cases), datetime.now(UTC)
    folder = output or Path("runs") / f"{key.judge}-{split}-{started:%Y%m%d-%H%M%S}"

    async def grade(watcher: _Watcher) -> Execution:
        async with parts:
            return await execute(
                plan,
                parts.judge,
                key,
                folder,
                started_at=started,
                watcher=watcher,
                concurrency=concurrency,
                cache=None if no_cache else cache,
                unread_prompts=None if key.prompt else digest_prompts(parts.settings.prompt),
            )

    if prompt and not key.prompt:
        say(f"--prompt {prompt} changes nothing in this run: the {key.judge} judge reads no prompt")
    with _Watcher(folder) as watcher:
        try:
            executed = asyncio.run(grade(watcher))
        except KeyboardInterrupt:
            watcher.stop()
            say(f"stopped; the same command with -o {folder} goes on")
            raise typer.Exit(130) from None
    title = f"{folder}: {key.judge}, golden {split}"
    show(make_metrics_table(executed.metrics, title=title))
    if executed.run.ungraded:
        raise typer.Exit(1)


class _Watcher(GradingProgress):
    """The bar of a run, and a line at its end on how to grade the rest."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def end(self, run: Run) -> None:
        """Stop the bar, and show how to continue if some results have no grade."""
        super().end(run)
        if run.ungraded:
            say(f"{run.ungraded} ungraded: run this again with -o {self._folder}")


def _show_budget(plan: RunPlan, settings: Settings) -> None:
    """Show what the run is expected to cost; the embedded judge takes no tokens."""
    questions = {answer.question.id for answer in plan.answers}
    show(f"{counted(len(plan.answers), 'answer')} to {counted(len(questions), 'question')}")
    if settings.judge_in_use == "embedded":
        show("no tokens, no cost: the embedded judge runs here")
        return
    from service.judging.prompt import load_prompt

    base_url = settings.base_url or "https://api.openai.com/v1"
    expected = estimate_budget(
        plan.answers, load_prompt(settings.prompt), model=settings.models[0], base_url=base_url
    )
    at_most = " at most, the embedded judge keeps some" * (settings.judge_in_use == "cascade")
    cost = "unknown" if expected.cost_usd is None else f"${expected.cost_usd:.4f}"
    said = (
        f"about {expected.input_tokens:,} input and {expected.output_tokens:,} output tokens, "
        f"cost {cost} ({settings.models[0]}){at_most}"
    )
    show(Text(said))
