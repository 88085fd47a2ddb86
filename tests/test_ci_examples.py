"""The CI files people copy: CI servers accept them, and every command in them works."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
import typer
from ruamel.yaml import YAML
from typer.core import TyperGroup

from service.cli.app import app
from service.settings import JudgeName
from tests.docs import ROOT

pytestmark = pytest.mark.slow

GITHUB, GITLAB = ROOT / "docs/ci/github-actions.yml", ROOT / "docs/ci/gitlab-ci.yml"
SCHEMAS = {
    GITHUB: ("--builtin-schema", "vendor.github-workflows"),
    GITLAB: ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
JUDGES = get_args(JudgeName)


def content(file: Path) -> dict[str, object]:
    """A file as its server takes it: GitLab's jobs whole, with what they extend."""
    found: dict[str, dict[str, object]] = YAML(typ="safe").load(file)
    if file == GITHUB:
        return dict(found)
    jobs = {name: job for name, job in found.items() if not name.startswith(".")}
    return {name: found[str(job.pop("extends"))] | job for name, job in jobs.items()}


def texts(part: object) -> Iterator[str]:
    """Every string of a YAML document but keys."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value)


def scripts(file: Path) -> list[str]:
    """What a file lets a shell run with a `probewise` command in it."""
    every = dict.fromkeys(text for text in texts(content(file)) if "probewise eval" in text)
    return list(every)


def commands(file: Path) -> Iterator[list[str]]:
    """The words after each `probewise`, up to the end of the command."""
    for line in "\n".join(scripts(file)).splitlines():
        if line.strip().startswith("probewise "):
            words = shlex.shlex(line, posix=True, punctuation_chars=True)
            words.whitespace_split = True
            yield [*_until_operator(words)][1:]


def _until_operator(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        if set(word) <= set("();<>|&"):
            return
        yield word


def understood(words: list[str]) -> dict[str, object]:
    """The options and arguments of a command; an error where it takes no such thing."""
    group = typer.main.get_command(app)
    while isinstance(group, TyperGroup):
        name, command, words = group.resolve_command(typer.Context(group), words)
        assert name and command
        group = command
    return dict(group.make_context(group.name, words).params)


EXAMPLES = [
    pytest.param([word.replace("$JUDGE", judge) for word in words], id=f"{file.stem}-{n}-{judge}")
    for file in SCHEMAS
    for n, words in enumerate(commands(file))
    for judge in JUDGES
]


def faults(file: Path, schema: tuple[str, ...]) -> str:
    """What the schema finds wrong with a file, or nothing."""
    command = [sys.executable, "-m", "check_jsonschema", *schema, str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return ran.stdout + ran.stderr if ran.returncode else ""


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.stem)
def test_a_file_and_its_whole_jobs_meet_the_schema_its_server_publishes(
    file: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "ci.json"
    whole.write_text(json.dumps(content(file)), "utf-8")
    assert faults(file, SCHEMAS[file]) == faults(whole, SCHEMAS[file]) == ""


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [(GITHUB, '"runs-on"', '"run-on"'), (GITLAB, '"always"', '"ever"')],
    ids=["github-actions", "gitlab-ci"],
)
def test_a_misspelt_word_would_be_noticed(
    file: Path, right: str, wrong: str, tmp_path: Path
) -> None:
    whole = tmp_path / "ci.json"
    whole.write_text(json.dumps(content(file)).replace(right, wrong), "utf-8")
    assert "validation errors" in faults(whole, SCHEMAS[file])


@pytest.mark.parametrize("words", EXAMPLES)
def test_every_command_exists_and_takes_these_options(words: list[str]) -> None:
    assert understood(words)


def test_the_commands_are_found_and_wrong_ones_refused() -> None:
    for file in SCHEMAS:
        assert [words[:2] for words in commands(file)] == [["eval", "run"], ["eval", "gate"]]
    for wrong in ("eval walk", "eval run --jugde llm", "eval run --judge jury"):
        with pytest.raises(Exception, match=r"[Nn]o such|not one of"):
            understood(wrong.split())


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.stem)
def test_what_one_step_writes_the_next_ones_find(file: Path) -> None:
    run, gate = (
        understood([w.replace("$JUDGE", "llm") for w in words]) for words in commands(file)
    )
    assert gate["folder"] == run["output"]
    assert isinstance(gate["output"], list)
    written = {str(path) for path in gate["output"]}
    assert written == {"report/index.html", "report/junit.xml", "report/summary.md"}
    elsewhere = [text for text in texts(content(file)) if "probewise eval" not in text]
    used = " ".join(elsewhere).replace("/ ", " ").split()
    assert {str(run["cache"]), str(run["output"]), "report"} <= set(used)
    assert {GITHUB: "report/summary.md", GITLAB: "report/junit.xml"}[file] in used


@pytest.mark.parametrize(("code", "goes_on"), [(0, True), (1, True), (2, False), (130, False)])
@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.stem)
def test_some_ungraded_answers_are_left_to_the_gate_and_a_broken_run_stops_the_job(
    file: Path, code: int, goes_on: bool, tmp_path: Path
) -> None:
    stub = tmp_path / "probewise"
    stub.write_text(f"#!/bin/sh\nexit {code}\n", "utf-8")
    stub.chmod(0o755)
    (script,) = (text for text in scripts(file) if "probewise eval run" in text)
    shell = {"PATH": f"{tmp_path}:/usr/bin:/bin", "JUDGE": "llm"}
    ran = subprocess.run(["bash", "-e", "-c", script], env=shell, check=False)  # noqa: S603, S607
    assert (ran.returncode == 0) is goes_on
