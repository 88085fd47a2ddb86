"""How fast `probewise grade-many` is with the embedded judge, and what memory it takes."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from service.evaluation.cases import read_golden

ANSWERS = 200
GOLDEN = Path("evals/golden")


def main() -> None:
    """Grade the first 200 golden cases in a process of its own, start-up included."""
    cases = [case for file in sorted(GOLDEN.glob("*.yaml")) for case in read_golden(file)]
    chosen = (cases * (ANSWERS // len(cases) + 1))[:ANSWERS]
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        source.write_text(
            "".join(
                json.dumps({"id": n, "question_id": case.question_id, "answer": case.answer}) + "\n"
                for n, case in enumerate(chosen)
            )
        )
        command = [sys.executable, "-m", "service.cli", "grade-many", str(source)]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--output", str(output), "--judge", "embedded"],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        elapsed = time.perf_counter() - started
        graded = len(output.read_text().splitlines())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    processors = len(os.sched_getaffinity(0))
    words = sum(len(case.answer.split()) for case in chosen) / ANSWERS
    print(f"grade-many, embedded judge, {graded} answers of {words:.0f} words, start-up included:")
    print(f"  {graded / elapsed:.1f} answers a second on {processors} processors (aim: 20 on two)")
    print(f"  peak memory {peak:.0f} MB (aim: under 700 MB)")
