"""The command line in this process: its real `main`, with its own arguments and streams."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

import service.cli.app
from service.judging.models import Verdict
from service.settings import Settings
from tests.cli.evaluating import CaseJudge, write_set
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Probewise(Protocol):
    """Runs `probewise` with these words and these bytes on standard input."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Ran: ...


@pytest.fixture
def probewise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Probewise:
    """In an empty folder, with no setting of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PROBEWISE_JUDGE", "PROBEWISE_PLAYBOOKS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["probewise", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            service.cli.app.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> FakeJudge:
    """The judge of `grade` and `grade-many`; set its `result` for another outcome."""
    fake = FakeJudge(Verdict.WEAK)

    def build(settings: Settings) -> FakeJudge:
        return fake

    monkeypatch.setattr("service.cli.grading.build_judge", build)
    return fake


@dataclass(frozen=True)
class Kitchen:
    """What `notes` and `transcript` grade with: set the judge's `result`, a `failure` to assign."""

    judge: FakeJudge
    assigner: FakeAssigner


@pytest.fixture
def kitchen(monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    """The playbooks, judge and assigner of the fakes."""
    parts = Kitchen(FakeJudge(Verdict.WEAK), FakeAssigner())
    monkeypatch.setattr("service.cli.intake.build_catalogue", lambda _: a_catalogue())
    monkeypatch.setattr("service.cli.scoring.build_judge", lambda _: parts.judge)
    monkeypatch.setattr("service.cli.scoring.build_assigner", lambda _: parts.assigner)
    return parts


@pytest.fixture
def golden_judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CaseJudge:
    """The judge of `eval`, right on every case of the small golden set that stands in `golden`."""
    fake = CaseJudge()

    def build(settings: Settings) -> CaseJudge:
        return fake

    for module in ("run", "playbook_diff"):
        monkeypatch.setattr(f"service.cli.eval.{module}.build_judge", build)
    write_set(tmp_path / "golden")
    return fake


def in_a_process(
    *words: str, folder: Path, stdin: bytes = b"", environment: Mapping[str, str] = {}
) -> Ran:
    """The command in a process of its own, working in the folder."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "service.cli", *words],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={**os.environ, **environment},
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
