"""How fast an evaluation runs beside the bare client and two other frameworks, in one run."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import openai
from openevals.llm import create_async_llm_as_judge
from pydantic_evals import Case as TheirCase
from pydantic_evals import Dataset
from pydantic_evals.evaluators import EqualsExpected
from rs_bpe.bpe import openai as tokens

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import Selection, read_golden_folder
from service.evaluation.metrics.measure import measure
from service.evaluation.reports.report import RunReport
from service.evaluation.reports.report_files import write_report
from service.evaluation.runs.execute import grade_answers
from service.evaluation.runs.plan import plan_answers
from service.evaluation.runs.run import RunConfig
from service.evaluation.runs.run_folder import append_results, find_code_version, open_run, read_run
from service.judging.models import Answer
from service.judging.prompt import load_prompt
from service.judging.reply import make_reply_schema
from service.llm.structured_output import Dialect, build_request_body
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.settings import read_settings
from service.wiring import Parts

CASES, DELAY_MS, CONCURRENCY, ROUNDS = 500, 200, 50, 5
OPTIONS = {"temperature": 0.0, "logprobs": True, "top_logprobs": 5}
CATALOGUE = Catalogue(load_playbooks())
PROMPT = load_prompt("grade@1")


def main() -> None:
    """Each contender grades the same cases, several rounds over; medians of the rounds are told."""
    os.environ["LANGSMITH_TRACING"] = "false"
    cases = _cases()
    _tell_tokens(read_golden_folder(Path("evals/golden")))
    with _server() as base_url:
        contenders: dict[str, Callable[[], Awaitable[None]]] = {
            "bare openai client": lambda: _bare(cases, base_url),
            "probewise, reports included": lambda: _ours(cases, base_url),
            "pydantic_evals": lambda: _pydantic_evals(cases, base_url),
            "openevals": lambda: _openevals(cases, base_url),
        }
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, run in contenders.items():
                started = time.perf_counter()
                asyncio.run(_awaited(run))
                rates[name].append(CASES / (time.perf_counter() - started))
    bare = rates["bare openai client"]
    print(f"{CASES} cases at concurrency {CONCURRENCY}, a model that takes {DELAY_MS} ms, medians:")
    for name, found in rates.items():
        share = median(rate / theirs for rate, theirs in zip(found, bare, strict=True))
        print(f"  {name:28} {median(found):6.1f} a second, {share:.2f} of bare in the same round")
    print("  (aim: probewise at 0.85 of bare or more)")


async def _awaited(run: Callable[[], Awaitable[None]]) -> None:
    await run()


def _cases() -> list[Case]:
    """The golden set and as many of it again as it takes, each answer another one."""
    golden = read_golden_folder(Path("evals/golden"))
    return [
        case.model_copy(update={"id": f"bench-{n}", "answer": f"{case.answer} ({n})"})
        for n, case in enumerate(islice(cycle(golden), CASES))
    ]


def _bodies(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    for case in cases:
        question = CATALOGUE.question(case.question_id)
        messages = PROMPT.render(question, Answer.of(case.answer))
        yield build_request_body(Dialect(), messages, make_reply_schema(question), OPTIONS)


async def _bare(cases: Sequence[Case], base_url: str) -> None:
    """The same requests, and nothing done with the replies."""
    waiting = iter(list(_bodies(cases)))
    async with _client(base_url) as client:

        async def work() -> None:
            for body in waiting:
                await client.chat.completions.create(model="bench", **body)

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


async def _ours(cases: Sequence[Case], base_url: str) -> None:
    settings = read_settings(
        judge="llm",
        base_url=base_url,
        api_key="bench",
        models="bench",
        fallback="none",
        cache_size=0,
    )
    parts = Parts(settings)
    items = list(plan_answers(cases, CATALOGUE, Selection(split="all")))
    config = RunConfig(
        key=parts.run_key(cases),
        selection=Selection(split="all"),
        planned=len(items),
        started_at=datetime.now(UTC),
        code_version=find_code_version(),
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        open_run(folder, config)
        async with parts:
            with append_results(folder) as append:
                await grade_answers(items, parts.judge, concurrency=CONCURRENCY, done=append)
        run = read_run(folder)
        assert len(run.results) == CASES and all(line.given for line in run.results)
        report = RunReport(run, measure(run.results))
        for name in ("report.html", "junit.xml", "summary.md", "report.json"):
            write_report(report, folder / name)


async def _pydantic_evals(cases: Sequence[Case], base_url: str) -> None:
    async with _client(base_url) as client:

        async def verdict(body: dict[str, Any]) -> str:
            completion = await client.chat.completions.create(model="bench", **body)
            reply = json.loads(completion.choices[0].message.content or "")
            return str(reply["verdict"])

        data = Dataset[dict[str, Any], str, None](
            name="bench",
            cases=[
                TheirCase(name=case.id, inputs=body, expected_output=case.verdict.value)
                for case, body in zip(cases, _bodies(cases), strict=True)
            ],
            evaluators=[EqualsExpected()],
        )
        report = await data.evaluate(verdict, max_concurrency=CONCURRENCY, progress=False)
        assert len(report.cases) == CASES


async def _openevals(cases: Sequence[Case], base_url: str) -> None:
    async with _client(base_url) as client:
        judge: Any = client  # their annotation names the synchronous client
        evaluators: dict[str, Any] = {}
        for question in CATALOGUE.questions:
            schema = {"name": "grade", "strict": True, "schema": make_reply_schema(question).schema}

            def messages(*, inputs: str, outputs: str, **_: object) -> Any:
                asked = PROMPT.render(CATALOGUE.question(inputs), Answer.of(outputs))
                return [{"role": message.role, "content": message.text} for message in asked]

            evaluators[question.id] = create_async_llm_as_judge(
                prompt=messages, judge=judge, model="bench", output_schema=schema
            )
        waiting = iter(cases)

        async def work() -> None:
            for case in waiting:
                evaluate = evaluators[case.question_id]
                reply = await evaluate(inputs=case.question_id, outputs=case.answer)
                assert reply["verdict"]

        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


def _client(base_url: str) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=base_url, api_key="bench", max_retries=0)


def _tell_tokens(cases: Sequence[Case]) -> None:
    """Prompt tokens by OpenAI's o200k vocabulary, and how many of them every answer shares."""
    count = tokens.o200k_base().count
    whole, instructions, static = 0, 0, 0
    for case in cases:
        question = CATALOGUE.question(case.question_id)
        system, user = PROMPT.render(question, Answer.of(case.answer))
        whole += count(system.text) + count(user.text)
        static += count(system.text)
        instructions += count(system.text.partition(question.text)[0])
    print(f"{PROMPT.id}, {len(cases)} golden cases: {whole / len(cases):.0f} prompt tokens a case,")
    print(f"  {static / whole:.0%} of them a prefix that all answers to a question share,")
    print(f"  {instructions / whole:.0%} one that all questions share")


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.server", str(DELAY_MS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdin and it.stdout
        try:
            yield it.stdout.readline().strip()
        finally:
            it.stdin.close()
