"""The model in the package, as it is shipped."""

import asyncio
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case, read_training
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.cases.golden import Selection, read_golden_folder, select_cases
from service.evaluation.metrics.measure import measure, read_metrics
from service.judging.embedded.embedded_judge import EmbeddedJudge
from service.judging.embedded.onnx_model import (
    BUILT_IN,
    OnnxScorer,
    OpinionCalibration,
    compute_model_digest,
    join_opinions,
)
from service.judging.embedded.scorer import VERDICTS, QuestionKind
from service.judging.models import Answer, Grade, SignalStatus, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.playbooks.models import Question, SignalKind

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

GOLDEN = Path("evals/golden")
ACCEPTED = Path("evals/baselines/embedded-test")
CATALOGUE = Catalogue(load_playbooks())
EXAMINATIONS = Catalogue(load_playbooks(Path("evals/examinations")))


def golden(split: Literal["dev", "test"]) -> list[Case]:
    return select_cases(read_golden_folder(GOLDEN), Selection(split=split))


async def grades_of(cases: list[Case], judge: EmbeddedJudge) -> list[Grade]:
    asked = (judge.grade(CATALOGUE.question(c.question_id), Answer.of(c.answer)) for c in cases)
    return list(await asyncio.gather(*asked))


def test_it_is_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in BUILT_IN.iterdir()) <= 60_000_000


def test_it_grades_as_the_accepted_run_says() -> None:
    """Within 0.02: processors differ in how they round int8 products."""
    judge = EmbeddedJudge(OnnxScorer)
    lines = [
        CaseResult(case=case, given=GivenGrade.of(judge.grade_now(*_asked(case))))
        for case in golden("test")
    ]
    measured, accepted = (
        {figure.name: figure.value for figure in metrics.list_figures()}
        for metrics in (measure(lines), read_metrics(ACCEPTED))
    )
    for name in ("accuracy", "macro_f1", "calibration_error", "evidence_hit", "shown_f1"):
        assert measured[name] == pytest.approx(accepted[name], abs=0.02), name
    assert measured["evidence_valid"] == 1.0


def _asked(case: Case) -> tuple[Question, Answer]:
    return CATALOGUE.question(case.question_id), Answer.of(case.answer)


async def test_the_same_answer_gets_the_same_grade_in_any_company() -> None:
    cases = golden("dev")[:12]
    judge = EmbeddedJudge(OnnxScorer)
    together = await grades_of(cases, judge)
    alone = [grade for case in cases for grade in await grades_of([case], judge)]
    await judge.aclose()
    assert [_told(g) for g in together] == [_told(g) for g in alone]


async def test_a_very_long_answer_is_graded() -> None:
    judge = EmbeddedJudge(OnnxScorer)
    question = CATALOGUE.question("data-engineering.3")
    said = Answer.of("We load all tables in full every night. " * 490)
    grade = await judge.grade(question, said)
    await judge.aclose()
    assert grade.verdict in set(Verdict)
    assert all(said.text[e.start : e.end] == e.quote for s in grade.signals for e in s.evidence)


def test_two_opinions_become_one_by_their_weights_and_biases() -> None:
    sure, unsure = np.array([0.7, 0.1, 0.1, 0.1]), np.array([0.1, 0.4, 0.4, 0.1])
    opinions = (sure.astype(np.float32), unsure.astype(np.float32))
    alone = join_opinions(opinions, OpinionCalibration(weights=(1.0, 0.0)))
    assert alone == pytest.approx(sure, abs=1e-4)
    both = join_opinions(opinions, OpinionCalibration(weights=(0.5, 0.5)))
    geometric = np.sqrt(sure * unsure)
    assert both == pytest.approx(geometric / geometric.sum(), abs=1e-4)
    raised = OpinionCalibration(weights=(0.5, 0.5), biases={Verdict.UNANSWERED: 9.0})
    assert VERDICTS[int(join_opinions(opinions, raised).argmax())] is Verdict.UNANSWERED


def test_it_tells_what_a_question_asks_for() -> None:
    scorer = OnnxScorer()
    assert {scorer.find_kind(question) for question in CATALOGUE.questions} == {
        QuestionKind.PRACTICE
    }
    assert {scorer.find_kind(question) for question in EXAMINATIONS.questions} == {
        QuestionKind.KNOWLEDGE
    }


def test_it_judges_knowledge_in_fields_it_never_met() -> None:
    """As evals/embedded/README.md says of all of the examinations; of these, every fifth answer."""
    judge, right, passed = EmbeddedJudge(OnnxScorer), [], []
    for case in read_training(Path("evals/examinations/cases.jsonl"))[::5]:
        answer = Answer.of(case.answer)
        grade = judge.grade_now(EXAMINATIONS.question(case.question_id), answer)
        right.append(grade.verdict is case.verdict)
        if case.verdict in {Verdict.WEAK, Verdict.UNANSWERED}:
            passed.append(grade.verdict is Verdict.GOOD)
        assert grade.needs_review
        for signal in grade.signals:
            assert all(answer.text[e.start : e.end] == e.quote for e in signal.evidence)
            assert signal.status in {SignalStatus.SHOWN, SignalStatus.ABSENT}
            assert signal.kind is SignalKind.GOOD or signal.status is SignalStatus.ABSENT
    assert sum(right) / len(right) > 0.42
    assert sum(passed) / len(passed) < 0.4


def test_a_broken_model_folder_says_so(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="can't be loaded"):
        OnnxScorer(tmp_path)
    with pytest.raises(ConfigurationError, match="can't be loaded"):
        compute_model_digest(tmp_path)


def _told(grade: Grade) -> object:
    return grade.verdict, grade.confidence, grade.signals
