"""How fast the embedded judge starts and grades, and what memory it takes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import read_golden_folder
from service.playbooks.files import dump_playbook, load_playbooks
from service.playbooks.models import Question, Signal, SignalKind

ANSWERS = 200
SIGNALS = 8
STARTS = 5
GOLDEN = Path("evals/golden")


def main() -> None:
    """Start-ups and 200 golden cases, each in a process of its own."""
    cases = list(islice(cycle(read_golden_folder(GOLDEN)), ANSWERS))
    words = sum(len(case.answer.split()) for case in cases) / ANSWERS
    processors = len(os.sched_getaffinity(0))
    print(f"embedded judge, {ANSWERS} answers of {words:.0f} words, {processors} processors:")
    _cold_start(cases[0])
    with tempfile.TemporaryDirectory() as folder:
        _grade_many(cases, Path(folder), {}, "the playbooks as they are")
        _write_longer(Path(folder) / "playbooks")
        longer = {"PROBEWISE_PLAYBOOKS": str(Path(folder) / "playbooks")}
        _grade_many(cases, Path(folder), longer, f"at least {SIGNALS} signals a question")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  peak memory {peak:.0f} MB (aim: under 500 MB)")


def _cold_start(case: Case) -> None:
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        _probewise("grade", case.question_id, case.answer)
        times.append(time.perf_counter() - started)
    print(f"  from start to first grade {sorted(times)[STARTS // 2]:.2f} s (aim: under 1.5 s)")


def _grade_many(
    cases: Sequence[Case], folder: Path, environment: dict[str, str], what: str
) -> None:
    source, output = folder / "in.jsonl", folder / "out.jsonl"
    output.unlink(missing_ok=True)
    source.write_text(
        "".join(
            json.dumps({"id": n, "question_id": case.question_id, "answer": case.answer}) + "\n"
            for n, case in enumerate(cases)
        )
    )
    started = time.perf_counter()
    _probewise("grade-many", str(source), "--output", str(output), environment=environment)
    elapsed = time.perf_counter() - started
    graded = len(output.read_text().splitlines())
    print(f"  {what}: {graded / elapsed:.1f} answers a second, start-up included (aim: 40 on two)")


def _probewise(*arguments: str, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments, "--judge", "embedded"],
        check=True,
        env=os.environ | (environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _write_longer(folder: Path) -> None:
    """The playbooks with signals of other questions added, so that each question has enough."""
    folder.mkdir()
    playbooks = load_playbooks()
    spare = cycle(s for playbook in playbooks for q in playbook.questions for s in q.signals)
    for playbook in playbooks:
        questions = tuple(_longer(question, spare) for question in playbook.questions)
        longer = playbook.model_copy(update={"questions": questions})
        (folder / f"{playbook.id}.yaml").write_text(dump_playbook(longer))


def _longer(question: Question, spare: Iterator[Signal]) -> Question:
    signals = list(question.signals)
    while len(signals) < SIGNALS:
        number = len(question.of_kind(SignalKind.GOOD)) + len(signals)
        signals.append(next(spare).model_copy(update={"id": f"good.{number}"}))
    return question.model_copy(update={"signals": tuple(signals)})
