"""Docs that cannot lie: what is generated is current, and what it says works."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.settings import Settings, read_settings
from tests.docs import DOCS, ROOT, cli_page, names

EXAMPLES = re.findall(r"^Example: `probewise (.+)`$", cli_page(), re.MULTILINE)
VALUES = {
    "PROBEWISE_JUDGE": "cascade",
    "PROBEWISE_MODELS": "a, b",
    "PROBEWISE_FALLBACK": "none",
    "PROBEWISE_MAX_BODY_BYTES": "2048",
    "PROBEWISE_MAX_OUTPUT_TOKENS": "64",
}


@pytest.mark.parametrize("file", DOCS)
def test_a_generated_page_is_current(file: str) -> None:
    written = (ROOT / file).read_text("utf-8") if (ROOT / file).exists() else ""
    assert written == DOCS[file](), f"{file} is out of date: run `make docs`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_and_each_of_its_variables_sets_it(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    field = Settings.model_fields[name]
    assert field.description and field.description.endswith(".")
    monkeypatch.chdir(tmp_path)
    every = [v for other, its in Settings.model_fields.items() for v in names(other, its)]
    for variable in names(name, field):
        for other in every:
            monkeypatch.delenv(other, raising=False)
        assert getattr(read_settings(), name) == field.default
        monkeypatch.setenv(variable, VALUES.get(variable, "1"))
        assert getattr(read_settings(), name) != field.default


def test_every_command_has_an_example_or_takes_nothing() -> None:
    page = cli_page()
    sections = re.split(r"^#+ `probewise ", page, flags=re.MULTILINE)[1:]
    commands = [section for section in sections if "COMMAND [ARGS]" not in section]
    assert len(commands) == page.count("[OPTIONS]") - page.count("COMMAND [ARGS]...")
    for section in commands:
        takes_nothing = section.count("\n* `") == 1
        assert takes_nothing or "Example: `probewise " in section, section.partition("`")[0]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_uses_commands_and_options_that_exist(example: str) -> None:
    result = CliRunner().invoke(app, [*shlex.split(example), "--help"])
    assert result.exit_code == 0, result.output


def test_the_readme_names_no_unknown_setting_or_command() -> None:
    settings = {v for name, field in Settings.model_fields.items() for v in names(name, field)}
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md")]
    for page in pages:
        text = page.read_text("utf-8")
        assert set(re.findall(r"\b(?:PROBEWISE|OPENAI)_[A-Z_]+\b", text)) <= settings, page.name
