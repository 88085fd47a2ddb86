"""Write the files that a repository's evals need, and leave alone what is there."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from service import __version__
from service.errors import ConfigurationError
from service.evaluation.cases.golden import read_golden_folder
from service.evaluation.starter.starter_cases import make_starter_cases, write_starter_file
from service.playbooks.catalogue import Catalogue

__all__ = ["Server", "StarterFile", "name_commands", "plan_starter_files", "write_starter_files"]

_GATES = """\
# What a run must reach before a change is merged: `probewise eval gate RUN --explain`.
# Floors and ceilings have the names of figures, see `probewise eval report RUN -o figures.json`.
#
# Change this: raise the floors when your golden set grows, and never lower one to pass a build.
# With three cases, one may be wrong. With a hundred, take what your first run reached, less 0.03.
{tables}
# After your first `probewise eval accept RUN` there is a run to compare with. Commit
# evals/baselines, and take the # off these two lines: what was right then stays right.
# [embedded.baseline]
# accuracy_margin = 0.05
"""
_TABLE = """
[{judge}.floors]
accuracy = 0.6
# "recall.weak" = 0.8            # how many of the weak answers are found

[{judge}.ceilings]
ungraded = 0.0
# passed_a_weak_answer = 0.05    # weak answers that were called good
# attack_success = 0.02          # needs `probewise eval run --robustness 1`
"""
_GITHUB = """\
# Grades evals/golden with the embedded judge, which needs no key, and stops what fails a gate.
name: probewise
on: [pull_request, workflow_dispatch]
jobs:
  evals:
    runs-on: ubuntu-latest{variables}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "3.12"}}
      - run: pip install {package}
      - run: {run}
      - run: {gate}
"""
_GITLAB = """\
# Grades evals/golden with the embedded judge, which needs no key, and stops what fails a gate.
probewise:
  image: python:3.12-slim{variables}
  script:
    - pip install {package}
    - {run}
    - {gate}
"""


class Server(StrEnum):
    """The CI server that a workflow is for; the value is the workflow's file."""

    GITHUB = ".github/workflows/probewise.yml"
    GITLAB = ".gitlab-ci.yml"


@dataclass(frozen=True)
class StarterFile:
    """A file to write; `kept_for` is a reason to leave it out, None if there is none."""

    path: Path
    content: str
    kept_for: str | None = None


def plan_starter_files(
    catalogue: Catalogue, server: Server, *, golden: Path, playbooks: Path | None
) -> list[StarterFile]:
    """Plan the golden file, the gates and the workflow; paths are relative to this folder.

    A golden folder that has cases already gets no others. `playbooks` is the configured folder,
    which the workflow has to name too. Raises ConfigurationError if it is outside this folder,
    where no CI server finds it.
    """
    run, gate = name_commands(golden, "runs/ci")
    folder = _name_inside(playbooks) if playbooks else None
    form, indent = (_GITHUB, "    ") if server is Server.GITHUB else (_GITLAB, "  ")
    key = "env" if server is Server.GITHUB else "variables"
    variables = f"\n{indent}{key}: {{PROBEWISE_PLAYBOOKS: {json.dumps(folder)}}}" if folder else ""
    workflow = form.format(
        variables=variables, package=f"probewise=={__version__}", run=run, gate=gate
    )
    tables = "".join(_TABLE.format(judge=judge) for judge in ("embedded", "llm", "cascade"))
    return [
        _plan_golden(catalogue, golden),
        StarterFile(Path("evals/gates.toml"), _GATES.format(tables=tables)),
        StarterFile(Path(server), workflow),
    ]


def write_starter_files(
    files: list[StarterFile], *, force: bool
) -> Iterator[tuple[StarterFile, str | None]]:
    """Write the files; yield each with the reason why it was left alone, None if it was written."""
    for file in files:
        reason = file.kept_for
        if reason is None and file.path.exists() and not force:
            # A team's own pipeline is the one file that nobody would want to be overwritten.
            ours = file.path != Path(Server.GITLAB) or "probewise eval" in file.path.read_text(
                "utf-8"
            )
            advice = "--force overwrites it" if ours else f"add this job to it:\n{file.content}"
            reason = f"it is there already; {advice}"
        if reason is None:
            file.path.parent.mkdir(parents=True, exist_ok=True)
            file.path.write_text(file.content, "utf-8")
        yield file, reason


def name_commands(golden: Path, folder: str) -> tuple[str, str]:
    """Return the commands that grade the whole golden set into a folder, and gate that run."""
    where = "" if golden == Path("evals/golden") else f" --golden {shlex.quote(str(golden))}"
    return (
        f"probewise eval run --judge embedded --split all{where} -o {folder}",
        f"probewise eval gate {folder} --explain",
    )


def _plan_golden(catalogue: Catalogue, golden: Path) -> StarterFile:
    file = golden / "starter.yaml"
    others = [other for other in golden.glob("*.yaml") if other != file]
    cases = len(read_golden_folder(golden)) if others else 0
    content = write_starter_file(make_starter_cases(catalogue.questions))
    return StarterFile(file, content, f"{golden} has {cases} cases already" if cases else None)


def _name_inside(folder: Path) -> str:
    try:
        return folder.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        raise ConfigurationError(
            f"PROBEWISE_PLAYBOOKS: {folder} is outside this folder, where no CI server finds it; "
            "copy the playbooks into this repository"
        ) from None
