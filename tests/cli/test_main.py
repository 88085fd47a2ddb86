"""The command itself: version, help, and the way it fails."""

import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

from service import __version__
from service.cli.app import main
from tests.cli.conftest import Probewise

pytestmark = pytest.mark.slow


def test_the_version_is_that_of_the_package(probewise: Probewise) -> None:
    ran = probewise("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"probewise {__version__}\n", "")
    assert version("probewise") == __version__


def test_probewise_is_the_command_that_is_installed() -> None:
    [command] = entry_points(group="console_scripts", name="probewise")
    assert command.load() is main


def test_help_names_every_command(probewise: Probewise) -> None:
    ran = probewise("--help")
    assert ran.code == 0
    for command in ("grade", "grade-many", "serve", "doctor", "demo", "playbook"):
        assert f"│ {command} " in ran.out


@pytest.mark.parametrize("words", [("grades",), ("playbook", "delete"), ("--verbose",)])
def test_an_unknown_command_is_refused(probewise: Probewise, words: tuple[str, ...]) -> None:
    ran = probewise(*words)
    assert (ran.code, ran.out) == (2, "")
    assert "No such" in ran.err


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "playbook", "show", "ai-ml", "--markdown"]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_a_command_starts_without_what_others_need(tmp_path: Path) -> None:
    said = (
        "import sys; from service.cli.app import app; app(standalone_mode=False);"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", said, "grade", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)  # noqa: S603 - our own module
    loaded = set(ran.stdout.split())
    assert "service.cli.grade" in loaded
    assert not loaded & {"sqlalchemy", "fastapi", "dbos", "openai", "httpx2", "service.cli.demo"}
