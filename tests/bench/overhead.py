"""What the service adds to the LLM's own time, beside the bare openai SDK call in the same run."""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import openai

from service.cli.demo import running_service
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from tests.faulty_server import FaultyServer, faulty_server, fixed_delay

DELAY_MS = 200
CALLS = 60
QUESTION_ID = "data-engineering.3"


async def main() -> None:
    """Time alternating calls, one at a time; each answer is new, so that no cache helps."""
    async with faulty_server([fixed_delay(DELAY_MS, _reply())]) as server:
        environment = {
            "PROBEWISE_JUDGE": "llm",
            "PROBEWISE_BASE_URL": server.base_url,
            "PROBEWISE_API_KEY": "bench",
        }
        async with AsyncExitStack() as stack:
            base_url = await asyncio.to_thread(stack.enter_context, running_service(environment))
            await _compare(server, base_url)


async def _compare(server: FaultyServer, base_url: str) -> None:
    sdk = openai.AsyncOpenAI(base_url=server.base_url, api_key="bench", max_retries=0)
    async with httpx2.AsyncClient(base_url=base_url) as client, sdk:

        async def through_the_service(number: int) -> None:
            answer = f"We read the write-ahead log with Debezium, setup {number}."
            body = {"question_id": QUESTION_ID, "answer": answer}
            (await client.post("/v1/grades", json=body)).raise_for_status()

        async def bare(_number: int) -> None:
            await sdk.chat.completions.create(**server.requests[0].body)

        timed: dict[str, list[float]] = {"service": [], "bare SDK call": []}
        for number in range(-5, CALLS):
            for name, call in (("service", through_the_service), ("bare SDK call", bare)):
                elapsed = await _timed(call, number)
                if number >= 0:
                    timed[name].append(elapsed)
    medians = {name: statistics.median(times) for name, times in timed.items()}
    print(f"one request at a time, {CALLS} of each in turn, a model that takes {DELAY_MS} ms:")
    for name, median in medians.items():
        print(f"  {name:14} median {median * 1000:6.1f} ms")
    added = medians["service"] - medians["bare SDK call"]
    print(f"  the service adds {added * 1000:.1f} ms (aim: at most 10 ms)")


async def _timed(call: Callable[[int], Awaitable[Any]], number: int) -> float:
    started = time.perf_counter()
    await call(number)
    return time.perf_counter() - started


def _reply() -> str:
    question = Catalogue(load_playbooks()).question(QUESTION_ID)
    absent = {"status": "absent", "quote": ""}
    signals: dict[str, dict[str, str]] = {signal.id: absent for signal in question.signals}
    signals["good.2"] = {"status": "shown", "quote": "the write-ahead log with Debezium"}
    return json.dumps({"signals": signals, "rationale": "Log-based.", "verdict": "good"})
