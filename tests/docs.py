"""Write docs/cli.md, docs/settings.md and the tables of docs/figures.md: `make docs`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from typer.cli import get_docs_for_click

from service.cli.app import app
from service.evaluation.intake.intake_report import make_head, make_rows, read_intake_report
from service.evaluation.metrics.measure import Metrics, read_metrics
from service.settings import Settings

__all__ = ["DOCS", "cli_page", "figures_page", "names", "settings_page"]

ROOT = Path(__file__).parent.parent
INTAKE = ROOT / "evals" / "baselines" / "intake-embedded-test.json"
WRITTEN = "<!-- Written by `make docs`; edit the code instead. -->\n"
SETTINGS = """\
# Settings

From the environment, or from a `.env` file in the working directory; the environment wins, and an \
empty value counts as unset. Times are in seconds, sizes in bytes, money in US dollars.

| name | default | what it is |
|---|---|---|
"""


def settings_page() -> str:
    """Every setting with its names, default and description."""
    rows = (
        f"| {_listed(names(name, field))} | {_default(field)} | {_description(field)} |\n"
        for name, field in Settings.model_fields.items()
    )
    return WRITTEN + SETTINGS + "".join(rows)


def cli_page() -> str:
    """Every command with its help, arguments and options."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name="probewise")
    return WRITTEN + get_docs_for_click(obj=command, ctx=context, name="probewise").rstrip() + "\n"


def figures_page() -> str:
    """The page of figures with the embedded judge's as the accepted runs have them."""
    text = (ROOT / "docs" / "figures.md").read_text("utf-8")
    metrics = read_metrics(ROOT / "evals" / "baselines" / "embedded-test")
    graded = [("embedded judge, golden test split", "value (95 % interval)"), *_figures(metrics)]
    intake = read_intake_report(INTAKE).figures
    found = [("embedded judge, intake test split", *make_head(intake)[1:]), *make_rows(intake)]
    return _filled(_filled(text, "figures", graded), "intake figures", found)


def _filled(text: str, name: str, table: Sequence[tuple[str, ...]]) -> str:
    """The text with this table between the marks of its name."""
    start, end = f"<!-- {name}: written by `make docs` -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    assert found and closed, f"docs/figures.md needs {start} and {end}"
    head, *body = (f"| {' | '.join(row)} |\n" for row in table)
    rule = "|---" * len(table[0]) + "|\n"
    return f"{before}{start}\n{head}{rule}{''.join(body)}{end}{after}"


def _figures(metrics: Metrics) -> Iterator[tuple[str, str]]:
    """The headline without what depends on the machine."""
    for figure in metrics.list_headline():
        if not figure.name.startswith("latency"):
            yield figure.label, figure.text


def names(name: str, field: FieldInfo) -> list[str]:
    """The environment variables that set a field, the first of which wins."""
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices]
    return [f"PROBEWISE_{name.upper()}"]


def _listed(variables: list[str]) -> str:
    return ", ".join(f"`{variable}`" for variable in variables)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "unset"
    shown = ",".join(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{shown}`"


def _description(field: FieldInfo) -> str:
    return (field.description or "").replace("|", "\\|")


DOCS = {
    "docs/settings.md": settings_page,
    "docs/cli.md": cli_page,
    "docs/figures.md": figures_page,
}

if __name__ == "__main__":
    for file, page in DOCS.items():
        (ROOT / file).write_text(page(), "utf-8")
