"""Write the generated pages of docs/, and the tables of docs/figures.md: `make docs`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from typer.cli import get_docs_for_click

from service.cli.app import app
from service.evaluation.intake.intake_report import make_head, make_rows, read_intake_report
from service.evaluation.metrics.measure import Metrics, read_metrics
from service.judging.embedded.measured import MEASURED_FILE, Measured
from service.settings import Settings
from service.transcripts.formats import Format
from service.transcripts.turns import Turn

__all__ = ["DOCS", "cli_page", "figures_page", "names", "settings_page"]

ROOT = Path(__file__).parent.parent
INTAKE = ROOT / "evals" / "baselines" / "intake-embedded-test.json"
RELIANCE = {
    "right": "right",
    "defensible": "defensible",
    "left_alone": "asks for no review",
    "left_alone_right": "right of those",
    "left_alone_defensible": "defensible of those",
    "surely_wrong": "wrong, with confidence 0.9 or more",
    "surely_indefensible": "indefensible, with confidence 0.9 or more",
}
WRITTEN = "<!-- Written by `make docs`; edit the code instead. -->\n"
TRANSCRIPT_FORMATS = """\
# Formats of notes and calls

Send any of these to `probewise transcript`, `probewise notes` or `POST /v1/transcripts`. The \
name of the file or the media type, and then the content, tell the format; `--format` or \
`format=` names it. JSON may have any other keys: they are passed over. If no turn can be read, \
everything that is wrong is listed at once.
"""
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


def transcript_formats_page() -> str:
    """Every format of notes and calls with an example, and what of its JSON is read."""
    parts = [WRITTEN, TRANSCRIPT_FORMATS]
    for known in Format:
        record, sample = known.record, known.record.sample
        assert sample, f"{known} needs a sample"
        # By the suffix, for any text may come as text/plain.
        types = ", ".join(f"`{each}`" for each in record.media_types or ("text/plain",))
        parts += [f"\n## {known}\n\n{sample.summary}. Media type: {types}.\n\n"]
        language = "json" if sample.document else ""
        parts += [f"```{language}\n{sample.text.rstrip()}\n```\n"]
        model = Turn if known is Format.TURNS else sample.document
        if model:
            parts += ["\n| read | is |\n|---|---|\n", *_fields(model)]
    return "".join(parts)


def _fields(model: type[BaseModel]) -> Iterator[str]:
    """A row for each field that is read, under the path that leads to it."""
    schema = model.model_json_schema()

    def rows(part: dict[str, Any], path: str) -> Iterator[str]:
        part = _resolved(part, schema)
        if "items" in part:
            yield from rows(part["items"], f"{path}[]")
        for name, field in part.get("properties", {}).items():
            whole = _resolved(field, schema)
            said = field.get("description") or whole.get("description") or _types(field)
            said = " ".join(said.split())
            is_required = name in part.get("required", ())
            shown = f"{path}.{name}".lstrip(".")
            mark = " (required)" if is_required else ""
            yield f"| `{shown}`{mark} | {said} |\n"
            yield from rows(field, shown)

    yield from rows(schema, "")


def _types(field: dict[str, Any]) -> str:
    found = [choice.get("type", "") for choice in field.get("anyOf", [field])]
    flat = [name for each in found for name in ([each] if isinstance(each, str) else each)]
    return " or ".join(name for name in flat if name not in {"", "null"})


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for choice in part.get("anyOf", [part]):
        if "$ref" in choice:
            found: dict[str, Any] = schema["$defs"][choice["$ref"].rpartition("/")[2]]
            return found
        if "items" in choice:
            return dict(choice)
    return part


def figures_page() -> str:
    """The page of figures with the embedded judge's as the accepted runs have them."""
    text = (ROOT / "docs" / "figures.md").read_text("utf-8")
    metrics = read_metrics(ROOT / "evals" / "baselines" / "embedded-test")
    graded = [("embedded judge, golden test split", "value (95 % interval)"), *_figures(metrics)]
    intake = read_intake_report(INTAKE).figures
    found = [("embedded judge, intake test split", *make_head(intake)[1:]), *make_rows(intake)]
    text = _filled(text, "reliance figures", list(_reliance()))
    return _filled(_filled(text, "figures", graded), "intake figures", found)


def _reliance() -> Iterator[tuple[str, ...]]:
    """The reliance of the embedded judge, set by set."""
    measured = Measured.model_validate_json(MEASURED_FILE.read_bytes())
    yield "embedded judge", *(f"{one.name} ({one.answers})" for one in measured.sets)
    for field, label in RELIANCE.items():
        yield label, *(f"{getattr(one, field):.3f}" for one in measured.sets)


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
    "docs/transcript-formats.md": transcript_formats_page,
    "docs/settings.md": settings_page,
    "docs/cli.md": cli_page,
    "docs/figures.md": figures_page,
}

if __name__ == "__main__":
    for file, page in DOCS.items():
        (ROOT / file).write_text(page(), "utf-8")
