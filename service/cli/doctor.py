"""`probewise doctor`: what is configured, and whether it works."""

import asyncio

import typer
from rich.markup import escape
from rich.table import Table

from service import __version__
from service.cli.cards import console
from service.judging.judge import Judge
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.settings import Settings, read_settings
from service.wiring import build_catalogue, build_judge, build_llm_judge, build_models

__all__ = ["doctor"]

_QUESTION = "data-engineering.3"
_ANSWER = "Debezium reads the Postgres write-ahead log into Kafka, so deletes arrive too."


def doctor() -> None:
    """Show what is configured, try the model, grade one tiny example.

    Exit code 1 when something that is configured does not work.
    """
    settings = read_settings()
    catalogue = build_catalogue(settings)
    console.print(_configuration(settings, catalogue))
    works = [asyncio.run(_try_embedded(settings))]
    if settings.api_key or settings.base_url:
        works += [asyncio.run(_try_model(model, settings)) for model in settings.models]
    else:
        console.print("[dim]no LLM configured: set OPENAI_API_KEY, or OPENAI_BASE_URL[/]")
    if not all(works):
        raise typer.Exit(1)


def _configuration(settings: Settings, catalogue: Catalogue) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in {
        "probewise": __version__,
        "judge": settings.judge_in_use,
        "endpoint": (settings.base_url or "").split("@")[-1] or "the openai package's default",
        "key": "set" if settings.api_key else "not set",
        "models": ", ".join(settings.models),
        "prompt": settings.prompt,
        "fallback": settings.fallback,
        "database": settings.database_url.split("@")[-1],
        "playbooks": ", ".join(f"{p.id} ({len(p.questions)})" for p in catalogue.playbooks),
    }.items():
        table.add_row(f"[bold]{name}[/]", escape(value))
    return table


async def _try_embedded(settings: Settings) -> bool:
    judge = build_judge(settings.model_copy(update={"judge": "embedded"}))
    return _report("embedded", await _example(judge))


async def _try_model(name: str, settings: Settings) -> bool:
    models = build_models(settings.model_copy(update={"models": (name,)}))
    result = await _example(build_llm_judge(settings, models))
    return _report(name, result, f", structured output by {models[0].output_mode}")


async def _example(judge: Judge) -> Grade | Ungraded:
    """The grade of a built-in question, whatever playbooks are configured."""
    question = Catalogue(load_playbooks()).question(_QUESTION)
    try:
        return await judge.grade(question, Answer.of(_ANSWER))
    finally:
        await judge.aclose()


def _report(name: str, result: Grade | Ungraded, more: str = "") -> bool:
    if isinstance(result, Ungraded):
        said = f"[red]✗[/] {escape(name)}: {result.reason}: {escape(result.detail)}"
    else:
        said = f"[green]✓[/] {escape(name)}: {_said(result)}{more}"
    console.print(said, highlight=False)
    return isinstance(result, Grade)


def _said(grade: Grade) -> str:
    sure = "unknown" if grade.confidence is None else f"{grade.confidence:.2f}"
    return f"graded an example {grade.verdict} in {grade.judge.latency_ms} ms, confidence {sure}"
