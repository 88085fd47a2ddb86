"""Hand-written stand-ins for what is slow, costly or outside, and builders of small things."""

import asyncio
import json
import re
from collections.abc import Sequence

from service.assignment.models import Assigner, Assignment, join_assignments
from service.jobs.runner import Work
from service.judging.models import (
    Answer,
    Evidence,
    Grade,
    Judge,
    JudgeKind,
    Provenance,
    SignalGrade,
    SignalStatus,
    Ungraded,
    Verdict,
)
from service.llm.chat import Completion, Message, OutputSchema
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Playbook, Question, Signal
from service.settings import Settings
from service.transcripts.turns import Turn
from service.wiring import Parts

__all__ = [
    "FakeAssigner",
    "FakeChatModel",
    "FakeJudge",
    "FakeRunner",
    "QuotingJudge",
    "a_catalogue",
    "a_grade",
    "a_playbook",
    "a_question",
    "fake_parts",
]


def a_question(number: int = 1, *, playbook_id: str = "cooking") -> Question:
    return Question(
        number=number,
        text=f"How do you keep dish {number} from burning?",
        signals=(
            Signal(id="good.1", wording="Watches the temperature;"),
            Signal(id="good.2", wording="stirs on a timer."),
            Signal(id="weak.1", wording='"It rarely burns."'),
        ),
        probe="How would you notice?",
        insight="A timer costs less than a pan.",
        playbook_id=playbook_id,
    )


def a_playbook(playbook_id: str = "cooking", *, questions: int = 3) -> Playbook:
    return Playbook(
        id=playbook_id,
        title=f"Playbook of {playbook_id}",
        goal="Nothing burns.",
        questions=tuple(a_question(n + 1) for n in range(questions)),
    )


def a_catalogue() -> Catalogue:
    return Catalogue([a_playbook("cooking"), a_playbook("baking", questions=2)])


def a_grade(
    question: Question | None = None,
    verdict: Verdict = Verdict.WEAK,
    *,
    evidence: tuple[Evidence, ...] = (),
) -> Grade:
    """A grade with an id of its own, whose first signal has the evidence."""
    question = question or a_question()
    signals = tuple(
        SignalGrade(
            id=signal.id,
            kind=signal.kind,
            text=signal.text,
            status=SignalStatus.SHOWN if evidence and not n else SignalStatus.ABSENT,
            evidence=evidence if not n else (),
        )
        for n, signal in enumerate(question.signals)
    )
    return Grade.of(
        question,
        verdict,
        signals,
        rationale="Nothing is watched.",
        judge=Provenance(kind=JudgeKind.LLM, model="fake", playbook_digest="0123456789ab"),
        confidence=0.9,
    )


class FakeJudge:
    """Gives the chosen verdict, result or error, and remembers what it was asked."""

    def __init__(self, result: Verdict | Ungraded | Exception = Verdict.WEAK) -> None:
        self.result = result
        self.asked: list[tuple[Question, Answer]] = []
        self.closed = False

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked.append((question, answer))
        if isinstance(self.result, Exception):
            raise self.result
        if isinstance(self.result, Ungraded):
            return self.result
        return a_grade(question, self.result)

    async def aclose(self) -> None:
        self.closed = True


class QuotingJudge(FakeJudge):
    """Quotes the last word of everything that the customer said, where it is in the answer."""

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked.append((question, answer))
        last = re.finditer(r"[^\s]+(?=\s*(?:\n\n|\Z))", answer.text)
        evidence = tuple(Evidence.at(*found.span(), answer.text) for found in last)
        return a_grade(question, Verdict.WEAK, evidence=evidence)


class FakeChatModel:
    """Replies what the script says, in turn, and remembers what it was asked.

    A step of the script is a completion, a reply's text, JSON to reply with, or an error to raise.
    """

    def __init__(self, *script: object, name: str = "fake") -> None:
        self.name = name
        self.script = list(script)
        self.asked: list[Sequence[Message]] = []
        self.outputs: list[OutputSchema] = []
        self.deadlines: list[float] = []
        self.closed = False

    async def complete(
        self, messages: Sequence[Message], output: OutputSchema, *, deadline: float
    ) -> Completion:
        self.asked.append(messages)
        self.outputs.append(output)
        self.deadlines.append(deadline)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Completion):
            return step
        return Completion(text=step if isinstance(step, str) else json.dumps(step), model=self.name)

    async def aclose(self) -> None:
        self.closed = True


class FakeAssigner:
    """Gives every turn that names `dish 2` to the questions that do; `failure` is raised."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.asked: list[tuple[Sequence[Turn], Sequence[Question]]] = []
        self.closed = False

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        self.asked.append((turns, questions))
        if self.failure:
            raise self.failure
        found = []
        for question in questions:
            dish = re.compile(rf"\bdish {question.number}\b", re.IGNORECASE)
            numbers = [n for n, turn in enumerate(turns, 1) if dish.search(turn.text)]
            if numbers:
                found.append(Assignment(question_id=question.id, turns=tuple(numbers)))
        return join_assignments(found, turns, questions)

    async def aclose(self) -> None:
        self.closed = True


class FakeRunner:
    """Runs each job once it is added, with `pause_s` between `attempts`, and keeps nothing."""

    def __init__(self, attempts: int = 2, pause_s: float = 0.0) -> None:
        self.attempts = attempts
        self.pause_s = pause_s
        self.added: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, work: Work) -> None:
        self._work = work

    async def add(self, run_id: str, job_id: str) -> bool:
        self.added.append(run_id)
        if run_id not in self._tasks:
            self._tasks[run_id] = asyncio.create_task(self._run(run_id, job_id))
        return not self._tasks[run_id].done()

    def is_alive(self, run_id: str) -> bool:
        return run_id in self._tasks and not self._tasks[run_id].done()

    async def aclose(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, run_id: str, job_id: str) -> None:
        for number in range(1, self.attempts + 1):
            retry_in_s = None if number == self.attempts else self.pause_s
            if await self._work(run_id, job_id, retry_in_s):
                return
            await asyncio.sleep(self.pause_s)


def fake_parts(
    settings: Settings,
    judge: Judge | None = None,
    assigner: Assigner | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> Parts:
    """The parts of these settings, with fakes for playbooks, judge, assigner and runner."""
    parts = Parts(settings)
    parts.catalogue = catalogue or a_catalogue()
    parts.judge = judge or FakeJudge()
    parts.assigner = assigner or FakeAssigner()
    parts.runner = FakeRunner()
    return parts
