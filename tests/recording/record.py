"""Record the cassettes of tests/judging/test_recorded.py again: `make record`.

A local model answers (see local_model.py), one request at a time: several minutes on two cores,
and about 2 GB of downloads the first time. The old cassettes are deleted once the model is up. The
new ones are replayed without it, and its replies are shown, to be read before a commit.
"""

import contextlib
import importlib.util
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx2
from ruamel.yaml import YAML

from tests.recording.local_model import MODELS, LocalModelError, running

__all__ = ["BASE_URL", "CASSETTES", "MODEL"]

_HERE = Path(__file__).parent
_TESTS = _HERE.parent / "judging" / "test_recorded.py"
_PORT = 8712
_WEIGHTS = "qwen"

BASE_URL = f"http://127.0.0.1:{_PORT}/v1"
CASSETTES = _TESTS.parent / "cassettes" / _TESTS.stem
MODEL = MODELS[_WEIGHTS].name

_log = logging.getLogger(__name__)


def main() -> None:
    """Record, replay, show; exit code 1 if recording or replay did not pass."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        with _model():
            shutil.rmtree(CASSETTES, ignore_errors=True)
            _log.info("recording with %s; git restore %s brings the old ones back", MODEL, _short())
            recorded = _pytest("rewrite")
    except LocalModelError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(f"stopped; git restore {_short()} brings the old cassettes back")
    if not CASSETTES.is_dir():
        sys.exit(f"nothing was recorded; git restore {_short()} brings the old cassettes back")
    _show()
    _log.info("replaying without the model")
    if not _pytest("none"):
        sys.exit(
            "the new cassettes break the tests above: the model said something else than before. "
            f"Where our rules still did right, write the test for what was said; else git restore "
            f"{_short()}."
        )
    if not recorded:
        sys.exit("the replay passes but the recording did not: see the failures above")
    _log.info("done: read what was said above, then git diff --stat %s", _short())


@contextlib.contextmanager
def _model() -> Iterator[None]:
    """Use the model that already listens at BASE_URL, or start one."""
    listening = _listening()
    if listening is None:
        _install()
        _log.info("starting %s", MODEL)
        with running(_WEIGHTS, port=_PORT):
            yield
    elif MODEL in listening:
        _log.info("using the model that listens at %s", BASE_URL)
        yield
    else:
        raise LocalModelError(
            f"{BASE_URL} serves {', '.join(listening) or 'something else'}, not {MODEL}: stop it"
        )


def _listening() -> list[str] | None:
    """List the names of the models served at BASE_URL; None if nothing listens."""
    try:
        reply = httpx2.get(f"{BASE_URL}/models", timeout=10, trust_env=False)
        return [str(model["id"]) for model in reply.json()["data"]]
    except httpx2.ConnectError:
        return None
    except (httpx2.HTTPError, ValueError, KeyError, TypeError):
        return []


def _install() -> None:
    if importlib.util.find_spec("xllamacpp"):
        return
    requirements = _HERE / "requirements.txt"
    _log.info("installing %s into %s", requirements.name, sys.prefix)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-r", str(requirements)], check=False)  # noqa: S603 - our own file
    if done.returncode:
        raise LocalModelError(f"{requirements} can't be installed: see what pip says above")
    importlib.invalidate_caches()


def _pytest(mode: Literal["rewrite", "none"]) -> bool:
    """Run the recorded tests and say if they pass; pytest itself shows progress and failures."""
    pytest = [sys.executable, "-m", "pytest", str(_TESTS), f"--record-mode={mode}", "-v"]
    quiet = ["--no-header", "--tb=short", "-p", "no:cacheprovider"]
    done = subprocess.run([*pytest, *quiet], cwd=_HERE.parent.parent, check=False)  # noqa: S603
    return done.returncode == 0


def _show() -> None:
    """Show the model's reply in each exchange: the part of a cassette that people can judge."""
    for file in sorted(CASSETTES.glob("*.yaml")):
        for number, exchange in enumerate(YAML(typ="safe").load(file)["interactions"], 1):
            reply = json.loads(exchange["response"]["body"]["string"])
            text = reply["choices"][0]["message"]["content"]
            _log.info("\n%s, reply %d\n%s", file.stem, number, text)


def _short() -> str:
    return str(CASSETTES.relative_to(_HERE.parent.parent))


if __name__ == "__main__":
    main()
