"""The wheel alone, in an empty environment: what a user who never sees this repository gets."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`probewise` as installed from a wheel built here, with the locked dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    _run([*pip, "wheel", "--no-deps", "-w", str(folder), str(ROOT)])
    (wheel,) = folder.glob("probewise-*.whl")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")])
    python = folder / "env" / "bin" / "python"
    install = [*pip, "--python", str(python), "install", "--no-deps", "--no-compile"]
    _run([*install, "--require-hashes", "-r", str(ROOT / "requirements.txt")])
    _run([*install, str(wheel)])
    return python.with_name("probewise")


def test_the_wheel_grades_an_answer_without_the_repository(command: Path, tmp_path: Path) -> None:
    said = "Debezium reads the write-ahead log into Kafka."
    output = _run([str(command), "grade", "data-engineering.3", said, "--json"], tmp_path)
    grade = json.loads(output)
    assert grade["judge"]["kind"] == "embedded"
    assert grade["insight"].startswith("Log-based CDC")


def test_the_wheel_holds_playbooks_prompts_and_migrations(command: Path, tmp_path: Path) -> None:
    listed = _run([str(command), "playbook", "list"], tmp_path)
    assert "ai-ml.9" in listed
    script = (
        "import asyncio; from service.judging.prompt import load_prompt; "
        "from service.storage.database import Database; load_prompt('grade@1'); "
        "asyncio.run(Database('sqlite+aiosqlite:///grades.sqlite3').upgrade())"
    )
    _run([str(command.with_name("python")), "-c", script], tmp_path)
    assert (tmp_path / "grades.sqlite3").stat().st_size > 0


def _run(arguments: list[str], folder: Path = ROOT) -> str:
    """Standard output of a command that runs with no setting of ours; its errors fail the test."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PROBEWISE_", "OPENAI_", "PYTHON"))
    }
    done = subprocess.run(  # noqa: S603 - our own commands
        arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
