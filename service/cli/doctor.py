"""`probewise doctor`: show what is configured, and try it."""

import asyncio
import re
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from service import __version__
from service.cli.console import console
from service.cli.options import build_parts
from service.judging.embedded.measured import read_measured, sum_up
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.settings import Settings
from service.wiring import Parts

if TYPE_CHECKING:  # it brings the openai package, which the embedded judge does without
    from service.llm.openai import Concession

__all__ = ["doctor"]

_MODES = {
    "json_schema": "a strict JSON schema",
    "tool": "a tool call",
    "json_object": "JSON mode",
}
_INSTEAD = {
    "temperature": "the model samples in its own way, and may grade the same answer differently",
    "logprobs": "grades have no confidence, so none is for review because of it",
    "top_logprobs": "a confidence counts the chosen words alone",
    "max_completion_tokens": "a reply may be as long as the server allows",
}

_QUESTION = "data-engineering.3"
_ANSWER = "Debezium reads the Postgres write-ahead log into Kafka, so deletes arrive too."


def doctor(context: typer.Context) -> None:
    """Show what is configured, and let each model grade a small example.

    Exit code 1 if something that is configured does not work.
    """
    parts = build_parts(context)
    settings = parts.settings
    console.print(_draw_settings(settings, parts.catalogue))
    works = [asyncio.run(_try_embedded(build_parts(context, "embedded")))]
    if settings.llm_api_key or settings.base_url:
        works += [
            asyncio.run(_try_model(name, build_parts(context, "llm", models=(name,))))
            for name in settings.models
        ]
    else:
        console.print("[dim]no LLM configured: set OPENAI_API_KEY, or OPENAI_BASE_URL[/]")
    if not all(works):
        raise typer.Exit(1)


def _draw_settings(settings: Settings, catalogue: Catalogue) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in {
        "probewise": __version__,
        "judge": settings.judge_in_use,
        "endpoint": _show_address(settings.base_url or "") or "the openai package's default",
        "key": "set" if settings.llm_api_key else "not set",
        "models": ", ".join(settings.models),
        "prompt": settings.prompt,
        "fallback": settings.fallback,
        "database": _show_address(settings.database_url),
        "playbooks": ", ".join(f"{p.id} ({len(p.questions)})" for p in catalogue.playbooks),
    }.items():
        table.add_row(f"[bold]{name}[/]", escape(value))
    return table


async def _try_embedded(parts: Parts) -> bool:
    async with parts:
        result = await _grade_example(parts.judge)
    if isinstance(result, Grade) and (measured := read_measured(result.judge.model or "")):
        console.print(f"[dim]{sum_up(measured)}[/]", highlight=False)
    return _report("embedded", result)


async def _try_model(name: str, parts: Parts) -> bool:
    async with parts:
        result = await _grade_example(parts.llm_judge)
        model = parts.models[0]
    works = _report(name, result, f", structured output by {model.output_mode}")
    for concession in model.concessions:
        console.print(f"  {escape(_explain(concession, model.output_mode))}", highlight=False)
    return works


def _explain(concession: "Concession", mode: str) -> str:
    """Say what was refused, and what is done instead."""
    what, status = concession.what, concession.status
    if what in _MODES:
        return f"the server refused {_MODES[what]} (HTTP {status}): JSON is asked for by {mode}"
    instead = _INSTEAD.get(what, "the server decides")
    if status is None:
        return f"this model is known to take no {what}, so it is not sent: {instead}"
    return f"the server refused {what} (HTTP {status}), so it is left out: {instead}"


def _show_address(url: str) -> str:
    """Show an address without what may be secret: user, password, query, fragment."""
    scheme = re.match(r"(?:[a-z][a-z0-9+.-]*://)?", url, re.IGNORECASE)[0]  # type: ignore[index]
    place, *secret = re.split(r"[?#;]", url.removeprefix(scheme), maxsplit=1)
    if "@" in "".join(secret):  # of a query, or of a password with a question mark: who can tell
        return f"{scheme}…"
    return f"{scheme}{place.rpartition('@')[2]}{'?…' if secret else ''}"


async def _grade_example(judge: Judge) -> Grade | Ungraded:
    """Grade an answer to a built-in question, whatever playbooks are configured."""
    question = Catalogue(load_playbooks()).question(_QUESTION)
    return await judge.grade(question, Answer.of(_ANSWER))


def _report(name: str, result: Grade | Ungraded, more: str = "") -> bool:
    if isinstance(result, Ungraded):
        line = f"[red]✗[/] {escape(name)}: {result.reason}: {escape(result.detail)}"
    else:
        line = f"[green]✓[/] {escape(name)}: {_describe(result)}{more}"
    console.print(line, highlight=False)
    return isinstance(result, Grade)


def _describe(grade: Grade) -> str:
    sure = "unknown" if grade.confidence is None else f"{grade.confidence:.2f}"
    return f"graded an example {grade.verdict} in {grade.judge.latency_ms} ms, confidence {sure}"
