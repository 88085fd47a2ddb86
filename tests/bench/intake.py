"""How long notes and a two-hour transcript take, with the embedded judge and with an LLM."""

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from service.settings import Settings
from service.transcripts.read_source import read_source
from service.transcripts.turns import Transcript
from service.wiring import Parts
from tests.bench.server import absent_everywhere
from tests.faulty_server import Body, Response, faulty_server, fixed_delay

NOTES = Path("evals/intake/notes-06.md")  # a page on 8 questions
CALLS = Path("evals/intake")
WORDS = 20_000
RUNS = 5
DELAY_MS = 200


def main() -> None:
    """Commands in processes of their own, start-up included; the LLM's round trips without it."""
    print("notes and transcripts:")
    page = statistics.median(_timed("notes", str(NOTES)) for _ in range(RUNS))
    print(f"  a page of notes on 8 questions, embedded judge {page:.1f} s (aim: under 5 s)")
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder) / "call.jsonl"
        minutes = _write_long_call(call)
        taken = _timed("transcript", str(call))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  a call of {minutes:.0f} minutes and {WORDS:,} words, embedded judge {taken:.1f} s")
    print(f"  (aim: under 60 s), peak memory {peak:.0f} MB (aim: under 1 GB)")
    trips = asyncio.run(_round_trips(read_source(NOTES.read_bytes(), name=NOTES.name)))
    print(f"  the page with an LLM that takes {DELAY_MS} ms: {trips:.1f} round trips (aim: 3)")


def _timed(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments, "--judge", "embedded", "--json"],
        check=True,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started


def _write_long_call(file: Path) -> float:
    """The calls of the evaluation set one after the other, until there are enough words."""
    words = end_ms = 0
    lines: list[str] = []
    while words < WORDS:
        for source in sorted(CALLS.glob("call-*.jsonl")):
            begin_ms = end_ms
            for line in source.read_text("utf-8").splitlines():
                turn = json.loads(line)
                turn["start_ms"] += begin_ms
                turn["end_ms"] = end_ms = turn["end_ms"] + begin_ms
                words += len(turn["text"].split())
                lines.append(json.dumps(turn))
            if words >= WORDS:
                break
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return end_ms / 60_000


async def _round_trips(page: Transcript) -> float:
    """Wall time from the page to its last grade, in times of one call to the LLM."""
    async with faulty_server([_found_or_graded]) as server:
        settings = Settings(judge="llm", base_url=server.base_url, cache_size=0)
        times = []
        async with Parts(settings) as parts:
            for _ in range(RUNS):
                started = time.perf_counter()
                card = await parts.unstored_passages.score(page, "ai-ml")
                times.append(time.perf_counter() - started)
                if card.tally.graded != 8:
                    raise RuntimeError("not every question of the page was graded")
    return statistics.median(times) / (DELAY_MS / 1000)


def _found_or_graded(body: Body) -> Response:
    """Eight questions with two lines each, or a grade, as the request's schema asks for."""
    schema = body["response_format"]["json_schema"]["schema"]["properties"]
    if "answers" not in schema:
        return absent_everywhere(DELAY_MS, body)
    ids = schema["answers"]["items"]["properties"]["question_id"]["enum"][:8]
    answers = [
        {"question_id": question, "stretches": [{"first": 2 * n + 3, "last": 2 * n + 4}]}
        for n, question in enumerate(ids)
    ]
    return fixed_delay(DELAY_MS, json.dumps({"answers": answers}))


if __name__ == "__main__":
    main()
