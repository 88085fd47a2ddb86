"""The folder of a run: config.json has the request, cases.jsonl a line for each result."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from service import __version__
from service.errors import ConfigurationError
from service.evaluation.cases.case_result import CaseResult, ResultId
from service.evaluation.runs.run import Run, RunConfig
from service.json_lines import keep_lines
from service.records import first_fault

__all__ = [
    "CONFIG",
    "append_results",
    "find_code_version",
    "open_run",
    "read_run",
    "write_run",
]

CONFIG, _RESULTS = "config.json", "cases.jsonl"


def open_run(folder: Path, config: RunConfig) -> set[ResultId]:
    """Start a run in a folder, or continue the one that is there; return the ids already graded.

    Results without a grade are removed, so that their cases are graded again. Raises
    ConfigurationError, and changes nothing, if the folder holds another run.
    """
    file = folder / CONFIG
    if file.exists():
        _check_continues(folder, _read_config(file), config)
    elif folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty and no run; choose another --output")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(config.model_dump_json(indent=2) + "\n", "utf-8")
    return keep_lines(folder / _RESULTS, _graded_id, opening=b'{"case":{"id":', writer="eval run")


@contextmanager
def append_results(folder: Path) -> Iterator[Callable[[CaseResult], None]]:
    """Give a function that adds a result to an opened run, and has it on disk when it returns."""
    with (folder / _RESULTS).open("a", encoding="utf-8") as file:

        def append(result: CaseResult) -> None:
            file.write(result.model_dump_json(exclude_defaults=True) + "\n")
            file.flush()

        yield append


def write_run(folder: Path, config: RunConfig, results: Sequence[CaseResult]) -> None:
    """Write a complete run of these results, in place of whatever the folder holds."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    whole = config.model_copy(update={"planned": len(results)})
    (folder / CONFIG).write_text(whole.model_dump_json(indent=2) + "\n", "utf-8")
    with append_results(folder) as append:
        for result in sorted(results, key=lambda result: (result.case.id, result.repeat)):
            append(result)


def read_run(folder: Path) -> Run:
    """Read a run; ConfigurationError names what is missing or broken."""
    config = _read_config(folder / CONFIG)
    file = folder / _RESULTS
    results = tuple(_read_results(file)) if file.exists() else ()
    counts = Counter(result.id for result in results)
    twice = [result_id for result_id, times in counts.items() if times > 1]
    if twice:
        raise ConfigurationError(f"{file}: {twice[0][0]} stands there twice; run it anew elsewhere")
    return Run(folder.name, config, results)


def find_code_version() -> str:
    """Return the package's version, with the commit if it runs from a checkout."""
    checkout = Path(__file__).parents[3]
    git = shutil.which("git")
    if git is None or not (checkout / ".git").exists():
        return __version__
    described = subprocess.run(  # noqa: S603 - our own arguments
        [git, "-C", str(checkout), "describe", "--always", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    commit = described.stdout.strip()
    return f"{__version__}+{commit}" if commit else __version__


def _check_continues(folder: Path, before: RunConfig, config: RunConfig) -> None:
    """Raise ConfigurationError if a run of `config` could not continue the one before."""
    differing = before.key.list_differences(config.key)
    if before.selection != config.selection:
        differing.append("the selection of cases or changes")
    if before.code_version != config.code_version:
        differing.append(f"code: {before.code_version} -> {config.code_version}")
    if differing:
        raise ConfigurationError(
            f"{folder} holds another run ({'; '.join(differing)}); choose another --output"
        )


def _graded_id(line: bytes) -> ResultId | None:
    result = CaseResult.model_validate_json(line)
    return result.id if result.given else None


def _read_config(file: Path) -> RunConfig:
    if not file.is_file():
        raise ConfigurationError(f"{file.parent}: no run there; `probewise eval run` makes one")
    try:
        return RunConfig.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ConfigurationError(
            f"{file}: not the config of a run: {first_fault(error)}"
        ) from error


def _read_results(file: Path) -> Iterable[CaseResult]:
    """Read whole lines; a last one that a crash cut off counts as missing."""
    content = file.read_bytes()
    for number, raw in enumerate(content[: content.rfind(b"\n") + 1].split(b"\n"), 1):
        if raw.strip():
            try:
                yield CaseResult.model_validate_json(raw)
            except ValidationError as error:
                raise ConfigurationError(f"{file}:{number}: {first_fault(error)}") from error
