"""A run: one folder with what was asked, a line for each graded case, and the figures."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from service import __version__
from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import Selection
from service.json_lines import keep_lines
from service.judging.models import Evidence, Grade, Provenance, SignalStatus, Ungraded, Verdict
from service.judging.review import Flag
from service.records import Frozen, first_fault
from service.settings import JudgeName

__all__ = [
    "CONFIG",
    "Given",
    "Key",
    "Line",
    "LineId",
    "Run",
    "RunConfig",
    "appending",
    "code_version",
    "open_run",
    "read_run",
    "write_run",
]

CONFIG, LINES = "config.json", "cases.jsonl"
LineId = tuple[str, int, str | None]


class Key(Frozen):
    """What the figures of a run depend on; runs of one key are repeats of each other."""

    judge: JudgeName
    models: tuple[str, ...]
    prompt: str | None = None
    prompt_digest: str | None = None
    verdicts_digest: str
    playbook_digests: dict[str, str]
    golden_digest: str
    parameters: dict[str, float | int | str | None] = Field(default_factory=dict)

    @property
    def judge_identity(self) -> str:
        """The part that a grade depends on beside question and answer."""
        return self.model_dump_json(exclude={"playbook_digests", "golden_digest"})

    def differences(self, other: "Key") -> list[str]:
        """What differs from another key, such as `prompt: grade@1 -> grade@2`."""
        mine, theirs = _flat(self), _flat(other)
        return [
            f"{name}: {mine.get(name, 'none')} -> {theirs.get(name, 'none')}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]


class RunConfig(Frozen):
    """What was asked of a run; `planned` is how many lines it has when it is complete."""

    schema_version: Literal[1] = 1
    key: Key
    selection: Selection
    planned: int
    started_at: datetime
    code_version: str


class SignalGiven(Frozen):
    """A signal's status with the quotes that show it."""

    status: SignalStatus
    evidence: tuple[Evidence, ...] = ()


class Given(Frozen):
    """The grade a case was given, without what its question repeats; absent signals left out."""

    verdict: Verdict
    confidence: float | None
    needs_review: bool
    flags: tuple[Flag, ...] = ()
    signals: dict[str, SignalGiven]
    rationale: str
    judge: Provenance

    @classmethod
    def of(cls, grade: Grade) -> "Given":
        return cls(
            verdict=grade.verdict,
            confidence=grade.confidence,
            needs_review=grade.needs_review,
            flags=grade.flags,
            signals={
                signal.id: SignalGiven(status=signal.status, evidence=signal.evidence)
                for signal in grade.signals
                if signal.status is not SignalStatus.ABSENT
            },
            rationale=grade.rationale,
            judge=grade.judge,
        )


class Line(Frozen):
    """One case and what it was given, or why nothing.

    `change` names the robustness change that made the case's answer, None for the case itself;
    `wants` is the verdict that the change tries to talk the judge into.
    """

    case: Case
    repeat: int = 0
    change: str | None = None
    wants: Verdict | None = None
    given: Given | None = None
    ungraded: Ungraded | None = None

    @property
    def id(self) -> LineId:
        return self.case.id, self.repeat, self.change

    @property
    def is_right(self) -> bool:
        """Whether it was given the expected verdict; an ungraded one was not."""
        return self.given is not None and self.given.verdict is self.case.verdict


@dataclass(frozen=True)
class Run:
    """A run as it was read: its name is its folder's."""

    name: str
    config: RunConfig
    lines: tuple[Line, ...]

    @property
    def plain(self) -> tuple[Line, ...]:
        """The lines of the cases themselves, without robustness changes."""
        return tuple(line for line in self.lines if line.change is None)

    @property
    def missing(self) -> int:
        """How many planned lines it does not have."""
        return self.config.planned - len(self.lines)


def open_run(folder: Path, config: RunConfig) -> set[LineId]:
    """Start a run in a folder, or go on with the one that is there; the ids already graded.

    Ungraded lines are dropped, to be graded again. Raises ConfigurationError, and changes nothing,
    where the folder holds another run.
    """
    file = folder / CONFIG
    if file.exists():
        before = _read_config(file)
        differing = before.key.differences(config.key)
        if before.selection != config.selection:
            differing.append("the selection of cases or changes")
        if before.code_version != config.code_version:
            differing.append(f"code: {before.code_version} -> {config.code_version}")
        if differing:
            raise ConfigurationError(
                f"{folder} holds another run ({'; '.join(differing)}); choose another --output"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty and no run; choose another --output")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(config.model_dump_json(indent=2) + "\n", "utf-8")
    return keep_lines(folder / LINES, _graded_id, opening=b'{"case":{"id":', writer="eval run")


@contextmanager
def appending(folder: Path) -> Iterator[Callable[[Line], None]]:
    """Adds lines to an opened run, each on disk before the next is graded."""
    with (folder / LINES).open("a", encoding="utf-8") as file:

        def append(line: Line) -> None:
            file.write(line.model_dump_json(exclude_defaults=True) + "\n")
            file.flush()

        yield append


def write_run(folder: Path, config: RunConfig, lines: Sequence[Line]) -> None:
    """A complete run of these lines, in place of what the folder held."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    whole = config.model_copy(update={"planned": len(lines)})
    (folder / CONFIG).write_text(whole.model_dump_json(indent=2) + "\n", "utf-8")
    with appending(folder) as append:
        for line in sorted(lines, key=lambda line: (line.case.id, line.repeat)):
            append(line)


def code_version() -> str:
    """The package's version, with the commit where it runs from a checkout."""
    checkout = Path(__file__).parent.parent.parent
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


def read_run(folder: Path) -> Run:
    """A run from its folder; ConfigurationError names what is missing or broken."""
    config = _read_config(folder / CONFIG)
    file = folder / LINES
    lines = tuple(_read_lines(file)) if file.exists() else ()
    twice = [line_id for line_id, times in Counter(line.id for line in lines).items() if times > 1]
    if twice:
        raise ConfigurationError(f"{file}: {twice[0][0]} stands there twice; run it anew elsewhere")
    return Run(folder.name, config, lines)


def _graded_id(line: bytes) -> LineId | None:
    read = Line.model_validate_json(line)
    return read.id if read.given else None


def _read_config(file: Path) -> RunConfig:
    if not file.is_file():
        raise ConfigurationError(f"{file.parent}: no run there; `probewise eval run` makes one")
    try:
        return RunConfig.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise ConfigurationError(
            f"{file}: not the config of a run: {first_fault(error)}"
        ) from error


def _read_lines(file: Path) -> Iterable[Line]:
    """Whole lines; a last one cut off by a crash counts as missing."""
    content = file.read_bytes()
    for number, raw in enumerate(content[: content.rfind(b"\n") + 1].split(b"\n"), 1):
        if raw.strip():
            try:
                yield Line.model_validate_json(raw)
            except ValidationError as error:
                raise ConfigurationError(f"{file}:{number}: {first_fault(error)}") from error


def _flat(key: Key) -> dict[str, str]:
    """The key's fields by the names that `differences` gives them."""
    dumped = key.model_dump(mode="json")
    nested = {"playbook_digests": "playbook", "parameters": "parameter"}
    flat = {name: str(value) for name, value in dumped.items() if name not in nested}
    for name, label in nested.items():
        flat |= {f"{label} {part}": str(value) for part, value in dumped[name].items()}
    return flat
