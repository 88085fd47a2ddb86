"""Pydantic Evals runs the judge over a data set; what has no verdict is a failure there."""

import importlib
import sys
from typing import Any

import pytest
from pydantic_evals import Case, Dataset
from pydantic_evals.reporting import EvaluationReport

from service.interop import pydantic_evals as module
from service.interop.pydantic_evals import ProbewiseEvaluator
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from tests.fakes import FakeJudge, a_catalogue

pytestmark = pytest.mark.anyio

DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="the model is down")


def a_data_set(
    judge: FakeJudge, question_id: str = "cooking.1", metadata: object = None
) -> Dataset[str, str, Any]:
    case = Case[str, str, Any](name="one", inputs=question_id, metadata=metadata)
    return Dataset[str, str, Any](
        name="cooking", cases=[case], evaluators=[ProbewiseEvaluator(judge, a_catalogue())]
    )


async def run(data_set: Dataset[str, str, Any]) -> EvaluationReport[str, str, Any]:
    async def answer(question_id: str) -> str:
        return f"We stir {question_id}."

    return await data_set.evaluate(answer, progress=False)


@pytest.mark.parametrize("metadata", [None, {"split": "dev"}, "free text"])
async def test_without_an_expected_verdict_a_case_gets_a_score(metadata: object) -> None:
    [case] = (await run(a_data_set(FakeJudge(Verdict.PARTIAL), metadata=metadata))).cases
    assert case.scores["probewise"].value == 0.5
    assert case.scores["probewise"].reason == "partial: Nothing is watched."
    assert case.assertions == {}


@pytest.mark.parametrize(("expected", "held"), [("partial", True), ("good", False)])
async def test_an_expected_verdict_is_an_assertion(expected: str, held: bool) -> None:
    judge = FakeJudge(Verdict.PARTIAL)
    [case] = (await run(a_data_set(judge, metadata={"verdict": expected}))).cases
    assert case.assertions["probewise"].value is held
    assert case.scores == {}
    assert judge.asked[0][1].text == "We stir cooking.1."


@pytest.mark.parametrize(
    ("judge", "question_id", "failure", "message"),
    [
        (FakeJudge(DOWN), "cooking.1", "JudgeError", "ungraded (model_unavailable): the model is"),
        (FakeJudge(), "cooking.9", "UnknownQuestion", "did you mean cooking.3 or"),
    ],
)
async def test_what_has_no_verdict_is_a_failure_and_no_score(
    judge: FakeJudge, question_id: str, failure: str, message: str
) -> None:
    report = await run(a_data_set(judge, question_id))
    [case] = report.cases
    assert (case.scores, case.assertions, case.labels) == ({}, {}, {})
    [found] = case.evaluator_failures
    assert (found.name, found.error_type) == ("probewise", failure)
    assert message in found.error_message
    averages = report.averages()
    assert averages is None or averages.scores == {}


async def test_saved_data_sets_and_reports_name_the_evaluator_without_its_judge() -> None:
    data_set = a_data_set(FakeJudge())
    saved = data_set.model_dump(mode="json")
    assert saved["evaluators"] == [{"name": "ProbewiseEvaluator", "arguments": None}]
    [case] = (await run(data_set)).cases
    assert case.scores["probewise"].source.arguments is None


def test_without_pydantic_evals_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_evals.evaluators", None)
    with pytest.raises(ImportError, match=r'pip install "probewise\[pydantic-evals\]"'):
        importlib.reload(module)
