"""The command line in this process: its real `main`, with its own arguments and streams."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.cli.app import main
from service.judging.models import Verdict
from service.settings import Settings
from service.wiring import Parts
from tests.cli.evaluating import CaseJudge, write_set
from tests.fakes import FakeAssigner, FakeJudge, a_catalogue


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Probewise:
    """Runs `probewise` with these words and these bytes on standard input.

    `replaced` are the parts, by name, that a test puts in place of those of the settings.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.replaced: dict[str, object] = {}

    def __call__(self, *words: str, stdin: bytes = b"") -> Ran:
        self._monkeypatch.setattr(sys, "argv", ["probewise", *words])
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self._capsys.readouterr()
        try:
            main(self._build_parts)
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self._capsys.readouterr()
        return Ran(code, out, err)

    def _build_parts(self, settings: Settings) -> Parts:
        parts = Parts(settings)
        for name, part in self.replaced.items():
            setattr(parts, name, part)
        return parts


@pytest.fixture
def probewise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Probewise:
    """In an empty folder, with no setting of the machine."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PROBEWISE_JUDGE", "PROBEWISE_PLAYBOOKS"):
        monkeypatch.delenv(name, raising=False)
    return Probewise(monkeypatch, capsys)


@pytest.fixture
def judge(probewise: Probewise) -> FakeJudge:
    """The judge of `grade` and `grade-many`; set its `result` for another outcome."""
    fake = FakeJudge(Verdict.WEAK)
    probewise.replaced["judge"] = fake
    return fake


@dataclass(frozen=True)
class Kitchen:
    """What `notes` and `transcript` grade with: set the judge's `result`, a `failure` to assign."""

    judge: FakeJudge
    assigner: FakeAssigner


@pytest.fixture
def kitchen(probewise: Probewise) -> Kitchen:
    """The playbooks, judge and assigner of the fakes."""
    fakes = Kitchen(FakeJudge(Verdict.WEAK), FakeAssigner())
    probewise.replaced |= {
        "catalogue": a_catalogue(),
        "judge": fakes.judge,
        "assigner": fakes.assigner,
    }
    return fakes


@pytest.fixture
def golden_judge(probewise: Probewise, tmp_path: Path) -> CaseJudge:
    """The judge of `eval`, right on every case of the small golden set in the folder `golden`."""
    fake = CaseJudge()
    probewise.replaced["judge"] = fake
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
