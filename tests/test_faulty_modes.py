"""However a server misbehaves, on every road each answer gets its verdict or its reason.

Over real HTTP: `grade-many` and `eval run` as a person types them, posts, notes and a batch as a
caller sends them, all against one server for each mode.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from service.api.app import create_app
from service.assignment.models import Assignment, join_assignments
from service.cli.app import main
from service.errors import JudgeError
from service.evaluation.cases.case import write_golden
from service.judging.models import Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question
from service.reasons import Reason
from service.settings import Settings, read_settings
from service.transcripts.turns import Side, Turn
from service.wiring import Parts
from tests.api.jobs_over import over
from tests.evaluation.cases import a_case
from tests.fakes import FakeRunner
from tests.faulty_modes import ANSWER, MODES, QUESTION_ID, Mode
from tests.faulty_server import FaultyServer, faulty_server

pytestmark = pytest.mark.slow

CATALOGUE = Catalogue(load_playbooks())
MANY, POSTS, BATCH, CASES = 3, 2, 3, 2
NOTES = 1
ANSWERS = MANY + POSTS + BATCH + CASES + NOTES


class WholeAssigner:
    """Gives everything that was said to one question."""

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        every = tuple(range(1, len(turns) + 1))
        return join_assignments(
            [Assignment(question_id=QUESTION_ID, turns=every)], turns, questions
        )

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """A thread in which the servers run."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database for all modes."""
    return tmp_path_factory.mktemp("grades") / "grades.sqlite3"


def build_parts(settings: Settings) -> Parts:
    parts = Parts(settings)
    parts.catalogue = CATALOGUE
    return parts


class Roads:
    """Every road from an answer to what came of it: a verdict or a reason each."""

    def __init__(self, mode: Mode, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._mode = mode
        self._folder = folder
        self._monkeypatch = monkeypatch

    def walk(self) -> Counter[Verdict | Reason]:
        outcomes = [*self._grade_many(), *self._run_eval(), *asyncio.run(self._call_api())]
        assert len(outcomes) == ANSWERS, "an answer is lost"
        return Counter(outcomes)

    def _answer(self, number: int) -> str:
        """An answer that no other mode has."""
        return f"{ANSWER} ({MODES.index(self._mode)}/{number})"

    def _grade_many(self) -> Iterator[Verdict | Reason]:
        source, output = self._folder / "in.jsonl", self._folder / "out.jsonl"
        lines = [
            {"id": n, "question_id": QUESTION_ID, "answer": self._answer(n)} for n in range(MANY)
        ]
        source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        self._type("grade-many", str(source), "--output", str(output))
        written = [strict_json(line) for line in output.read_text("utf-8").splitlines()]
        assert sorted(line["id"] for line in written) == list(range(MANY))
        for line in written:
            yield tell(line.get("grade"), line.get("ungraded"))

    def _run_eval(self) -> Iterator[Verdict | Reason]:
        golden, output = self._folder / "golden", self._folder / "run"
        golden.mkdir()
        cases = [a_case(f"c-{n}", QUESTION_ID, answer=self._answer(10 + n)) for n in range(CASES)]
        write_golden(cases, golden / "cases.yaml")
        # A run of which nothing was graded has nothing to measure, and says so under 2.
        codes = {0} if isinstance(self._mode.expected, Verdict) else {1, 2}
        words = ("eval", "run", "--golden", str(golden), "--no-cache", "-o", str(output))
        self._type(*words, codes=codes)
        for line in (output / "cases.jsonl").read_text("utf-8").splitlines():
            written = strict_json(line)
            yield tell(written.get("given"), written.get("ungraded"))

    def _type(self, *words: str, codes: Collection[int] = (0, 1)) -> None:
        """Run the command; it ends as commands do, and never with a traceback."""
        self._monkeypatch.setattr(sys, "argv", ["probewise", *words])
        try:
            main(build_parts)
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        assert code in codes

    async def _call_api(self) -> list[Verdict | Reason]:
        parts = build_parts(read_settings())
        llm_assigner = parts.assigner
        parts.assigner, parts.runner = WholeAssigner(), FakeRunner(attempts=1)
        app = create_app(parts)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app), base_url="http://localhost"
            ) as client,
        ):
            outcomes = [await self._post(client, 20 + n) for n in range(POSTS)]
            outcomes += await self._post_batch(client)
            outcomes += await self._post_notes(client)
            turns = [Turn(speaker_id="1", side=Side.CUSTOMER, text=self._answer(41))]
            with suppress(JudgeError):  # the LLM's other task; no other error may come of it
                await llm_assigner.assign(turns, tuple(CATALOGUE.questions)[:3])
        return outcomes

    async def _post(self, client: httpx2.AsyncClient, number: int) -> Verdict | Reason:
        body = {"question_id": QUESTION_ID, "answer": self._answer(number)}
        response = await client.post("/v1/grades", json=body)
        told = strict_json(response.text)
        assert (response.status_code == 200) == ("verdict" in told)
        return Verdict(told["verdict"]) if "verdict" in told else Reason(told["reason"])

    async def _post_batch(self, client: httpx2.AsyncClient) -> list[Verdict | Reason]:
        items = [{"question_id": QUESTION_ID, "answer": self._answer(30 + n)} for n in range(BATCH)]
        job = await over(client, await client.post("/v1/answers:batch", json=items))
        assert job["status"] == "done"
        results = job["batch"]["results"]
        assert [result["number"] for result in results] == [n + 1 for n in range(BATCH)]
        return [tell(result["grade"], result["ungraded"]) for result in results]

    async def _post_notes(self, client: httpx2.AsyncClient) -> list[Verdict | Reason]:
        body = {"text": self._answer(40), "playbook": "data-engineering"}
        card = strict_json((await client.post("/v1/notes", json=body)).text)
        return [tell(result["grade"], result["ungraded"]) for result in card["results"]]


def tell(grade: Any, ungraded: Any) -> Verdict | Reason:
    assert (grade is None) != (ungraded is None)
    return Verdict(grade["verdict"]) if grade else Reason(ungraded["reason"])


def strict_json(text: str) -> Any:
    """Read JSON as its standard has it: NaN and Infinity are none."""

    def refuse(name: str) -> NoReturn:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_every_answer_gets_the_models_own_verdict_or_the_right_reason(
    mode: Mode,
    portal: BlockingPortal,
    database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_settings_of_this_machine: None,
) -> None:
    monkeypatch.chdir(tmp_path)
    with portal.wrap_async_context_manager(faulty_server(mode.script)) as server:
        for name, value in environment(server, database, mode).items():
            monkeypatch.setenv(name, value)
        outcomes = Roads(mode, tmp_path, monkeypatch).walk()
    assert outcomes == {mode.expected: ANSWERS}
    assigned = 1
    # The last mode of asking is found once for each command, and by all that ask at the same time.
    assert len(server.requests) <= (ANSWERS + assigned) * mode.calls + assigned


def environment(server: FaultyServer, database: Path, mode: Mode) -> dict[str, str]:
    return {
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "test",
        "PROBEWISE_JUDGE": "llm",
        "PROBEWISE_FALLBACK": "none",
        "PROBEWISE_MODELS": "asked-model",
        "PROBEWISE_MAX_ATTEMPTS": "1",
        "PROBEWISE_REQUEST_TIMEOUT_S": "10",
        "PROBEWISE_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        **dict(mode.settings),
    }


def test_the_suite_has_more_than_sixty_modes() -> None:
    assert len({mode.name for mode in MODES}) == len(MODES) >= 60
