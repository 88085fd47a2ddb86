"""What is worked out from two runs is what the real judges do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.threshold.threshold_figures import CascadeFigures
from service.judging.cascade import Cascade, Fallback
from service.judging.letterless import LetterlessJudge
from service.judging.models import Answer, Grade, Judge, JudgeKind, Ungraded, Verdict
from service.judging.review import Flag
from service.playbooks.models import Question
from service.reasons import Reason
from tests.evaluation.cases import a_case
from tests.evaluation.threshold_runs import a_threshold_report, embedded_line, llm_line
from tests.fakes import a_grade, a_question

pytestmark = pytest.mark.slow


@dataclass
class Replaying:
    """Gives what a run's lines hold, and counts how often it is asked."""

    lines: Sequence[CaseResult]
    asked: int = 0

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.asked += 1
        (line,) = [line for line in self.lines if line.case.answer == answer.text]
        if line.given is None:
            assert line.ungraded
            return line.ungraded
        kept = {"confidence": line.given.confidence, "flags": line.given.flags}
        return a_grade(question, line.given.verdict).model_copy(update=kept)

    async def aclose(self) -> None: ...


CONFIDENCE = st.none() | st.integers(0, 20).map(lambda n: n / 20)
FLAGS = st.sampled_from([(), (), (Flag.SUSPECTED_INSTRUCTIONS,)])
VERDICT = st.sampled_from(list(Verdict))
ASKED = st.sampled_from([*Verdict, Reason.MODEL_UNAVAILABLE, Reason.REFUSED])
ROWS = st.lists(st.tuples(VERDICT, VERDICT, CONFIDENCE, FLAGS, ASKED), min_size=1, max_size=10)


def graded(judge: Judge, cases: Sequence[Case]) -> list[tuple[Case, Verdict | None]]:
    async def every() -> list[Grade | Ungraded]:
        return [await judge.grade(a_question(), Answer.of(case.answer)) for case in cases]

    results = asyncio.run(every())
    found = [result.verdict if isinstance(result, Grade) else None for result in results]
    return list(zip(cases, found, strict=True))


def assert_alike(
    figures: CascadeFigures, found: list[tuple[Case, Verdict | None]], asked: int
) -> None:
    n = len(found)
    assert figures.accuracy.value == pytest.approx(sum(c.verdict is v for c, v in found) / n)
    assert figures.ungraded == pytest.approx(sum(v is None for _, v in found) / n)
    assert figures.asked == pytest.approx(asked / n)
    at_risk = [v for c, v in found if v and c.verdict in {Verdict.WEAK, Verdict.UNANSWERED}]
    harm = figures.harms["passed_a_weak_answer"]
    assert (harm is None) is (not at_risk)
    if harm:
        assert harm.value == pytest.approx(at_risk.count(Verdict.GOOD) / len(at_risk))


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_every_threshold_has_the_verdicts_and_calls_of_the_real_cascade(
    rows: list[tuple[Verdict, Verdict, float | None, tuple[Flag, ...], Verdict | Reason]],
    keep_unsure: bool,
) -> None:
    letterless = a_case("letterless", verdict=Verdict.WEAK, answer="?!")
    first = [embedded_line(letterless, Verdict.UNANSWERED, None)]
    second = [llm_line(letterless, Verdict.UNANSWERED, cost_usd=0.0, latency_ms=0)]
    for n, (label, own, confidence, flags, asked) in enumerate(rows):
        case = a_case(f"c-{n}", verdict=label)
        first.append(embedded_line(case, own, confidence, flags=flags))
        second.append(llm_line(case, asked))
    if not any(line.given for line in second[1:]):
        second[1] = llm_line(first[1].case, Verdict.GOOD)
    cases, found = (
        [line.case for line in first],
        a_threshold_report(first, second, keep_unsure=keep_unsure),
    )

    for point in found.points:
        embedded, llm = Replaying(first), Replaying(second)
        cascade = Cascade(embedded, llm, threshold=point.threshold, keep_unsure=keep_unsure)
        given = graded(LetterlessJudge(cascade, JudgeKind.LLM), cases)
        assert_alike(point.figures, given, llm.asked)

    llm, embedded = Replaying(second), Replaying(first)
    alone = Fallback(llm, embedded) if keep_unsure else llm
    given = graded(LetterlessJudge(alone, JudgeKind.LLM), cases)
    assert_alike(found.llm, given, llm.asked)
    given = graded(LetterlessJudge(embedded, JudgeKind.EMBEDDED), cases)
    assert_alike(found.embedded, given, 0)
