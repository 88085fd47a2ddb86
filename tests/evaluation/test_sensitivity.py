"""Seeded regressions turn the gate red and name the question; reruns stay green."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

import service.judging.rules
from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.evaluation.gates.gates import BaselineGate, GateCheck, JudgeGates, apply_gates
from service.evaluation.metrics.measure import measure
from service.evaluation.runs.comparison import compare_runs
from service.evaluation.runs.execute import grade_answers
from service.evaluation.runs.plan import plan_answers
from service.evaluation.runs.run import Run
from service.judging.embedded.embedded_judge import EmbeddedJudge
from service.judging.embedded.onnx_model import OnnxScorer
from service.judging.llm_judge import LLMJudge
from service.judging.models import Answer, Evidence, Grade, Judge, Ungraded, Verdict
from service.judging.prompt import Prompt, load_prompt
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Playbook, Question
from tests.evaluation.cases import a_run
from tests.evaluation.stand_in import StandIn

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

CASES = select_cases(read_golden_folder(Path("evals/golden")), Selection(split="test"))
CATALOGUE = Catalogue(load_playbooks())
PROMPT = load_prompt("grade@1")
GATES = JudgeGates(floors={"evidence_valid": 1.0}, baseline=BaselineGate())
QUESTION = "data-warehousing.4"


def llm(prompt: Prompt = PROMPT, *, invents: Sequence[str] = (), flips: float = 0.0) -> Judge:
    model = StandIn(CASES, CATALOGUE, invents=invents, flips=flips)
    return LLMJudge([model], prompt, deadline_s=30, review_below=0.5)


def embedded() -> Judge:
    return EmbeddedJudge(OnnxScorer)


JUDGES = {"llm": llm, "embedded": embedded}


async def run_of(
    judge: Judge, cases: Sequence[Case] = CASES, catalogue: Catalogue = CATALOGUE
) -> Run:
    lines: list[CaseResult] = []
    items = list(plan_answers(cases, catalogue, Selection()))
    await grade_answers(items, judge, concurrency=8, done=lines.append)
    await judge.aclose()
    return a_run(lines)


def gated(base: Run, new: Run) -> GateCheck:
    return apply_gates(GATES, new, measure(new.results), compare_runs(base, new))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def base() -> dict[str, Run]:
    """The accepted runs of both judges."""
    return {name: await run_of(judge()) for name, judge in JUDGES.items()}


@pytest.mark.parametrize("name", JUDGES)
async def test_the_same_judge_again_in_another_order_stays_green(
    base: dict[str, Run], name: str
) -> None:
    shuffled = random.Random(5).sample(CASES, len(CASES))  # noqa: S311 - an order, no secret
    found = gated(base[name], await run_of(JUDGES[name](), shuffled))
    assert (found.exit_code, found.failed) == (0, ())


async def test_a_weakened_prompt_is_red_and_the_questions_it_hurts_are_named(
    base: dict[str, Run],
) -> None:
    system = PROMPT.messages[0]
    lines = [line for line in system.text.split("\n") if not line.startswith("- partial:")]
    assert len(lines) < len(system.text.split("\n"))
    weakened = PROMPT.model_dump()
    weakened["messages"][0]["text"] = "\n".join(lines)
    new = await run_of(llm(Prompt.model_validate(weakened)))
    found = gated(base["llm"], new)
    assert found.exit_code == 1
    hurt = {flip.case.question_id for flip in compare_runs(base["llm"], new).flips if flip.was_lost}
    assert hurt and set(found.failed[0].questions) == hurt


@pytest.mark.parametrize("name", JUDGES)
async def test_swapped_signals_of_one_question_are_red_and_name_it(
    base: dict[str, Run], name: str
) -> None:
    """The embedded judge knows our questions by their text too: there, that is swapped as well."""
    is_whole = name == "embedded"
    swapped = Catalogue([_swapped(p, is_whole=is_whole) for p in CATALOGUE.playbooks])
    found = gated(base[name], await run_of(JUDGES[name](), catalogue=swapped))
    assert found.exit_code == 1
    assert {result.questions for result in found.failed} == {(QUESTION,)}


@pytest.mark.parametrize("name", JUDGES)
async def test_a_judge_that_always_says_good_on_one_question_is_red_and_names_it(
    base: dict[str, Run], name: str
) -> None:
    found = gated(base[name], await run_of(_AlwaysGood(JUDGES[name]())))
    assert found.exit_code == 1
    assert {result.questions for result in found.failed} == {(QUESTION,)}


async def test_an_evidence_check_switched_off_is_red_and_names_the_question(
    base: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchecked(quote: str, text: str) -> Evidence | None:
        return Evidence(quote=quote, start=0, end=len(quote)) if quote else None

    monkeypatch.setattr(service.judging.rules, "find_evidence", unchecked)
    found = gated(base["llm"], await run_of(llm(invents=[QUESTION])))
    (failed,) = [result for result in found.failed if result.name == "evidence_valid"]
    assert QUESTION in failed.questions


async def test_one_label_in_ten_flipped_is_red(base: dict[str, Run]) -> None:
    new = await run_of(llm(flips=0.1))
    found = gated(base["llm"], new)
    flipped = {flip.case.id for flip in compare_runs(base["llm"], new).flips if flip.was_lost}
    assert len(flipped) > 8
    (failed,) = [r for r in found.failed if r.name == "accuracy against the baseline"]
    assert set(failed.cases) == flipped


def _swapped(playbook: Playbook, *, is_whole: bool) -> Playbook:
    """The playbook with the signals of one question, or all of it, exchanged for a neighbour's."""
    if QUESTION not in {question.id for question in playbook.questions}:
        return playbook
    questions = list(playbook.questions)
    place = [question.id for question in questions].index(QUESTION)
    other = questions[place + 2]
    changes = {"signals": other.signals, **({"text": other.text} if is_whole else {})}
    questions[place] = questions[place].model_copy(update=changes)
    return Playbook(
        id=playbook.id, title=playbook.title, goal=playbook.goal, questions=tuple(questions)
    )


class _AlwaysGood:
    """A judge that has gone blind for one question."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        result = await self._judge.grade(question, answer)
        if question.id != QUESTION or isinstance(result, Ungraded):
            return result
        return result.model_copy(update={"verdict": Verdict.GOOD})

    async def aclose(self) -> None:
        await self._judge.aclose()
