"""LangSmith and openevals take the evaluator as it is; what has no verdict gets no score."""

# LangSmith's annotations lack async evaluators that return a dict, and targets that return text,
# both of which its documentation shows.

from collections.abc import Mapping
from uuid import uuid4

import pytest
from langsmith import Client, aevaluate, evaluate
from langsmith.evaluation import EvaluationResult
from langsmith.schemas import Example
from openevals.simulators import run_multiturn_simulation_async

from service.interop.langsmith import build_evaluator
from service.judging.models import Ungraded, Verdict
from service.reasons import Reason
from tests.fakes import FakeJudge, a_catalogue

pytestmark = pytest.mark.filterwarnings("ignore:'upload_results' parameter is in beta")

DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="the model is down")


def an_offline_client() -> Client:
    return Client(
        api_url="http://127.0.0.1:9",
        api_key="none",
        tracing_sampling_rate=0.0,
        auto_batch_tracing=False,
    )


def an_example(question_id: str, verdict: str | None) -> Example:
    return Example(
        id=uuid4(),
        dataset_id=uuid4(),
        inputs={"question_id": question_id},
        outputs={"verdict": verdict} if verdict else None,
    )


async def run(
    judge: FakeJudge, question_id: str = "cooking.1", verdict: str | None = None
) -> list[EvaluationResult]:
    async def answer(inputs: Mapping[str, str]) -> dict[str, str]:
        return {"answer": f"We stir {inputs['question_id']}."}

    rows = await aevaluate(
        answer,
        data=[an_example(question_id, verdict)],
        evaluators=[build_evaluator(judge, a_catalogue())],  # type: ignore[list-item]
        upload_results=False,
        client=an_offline_client(),
    )
    [row] = [row async for row in rows]
    return row["evaluation_results"]["results"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("verdict", "score"), [(None, 0.5), ("partial", True), ("unanswered", False)]
)
async def test_langsmith_scores_what_a_target_answers(
    verdict: str | None, score: float | bool
) -> None:
    judge = FakeJudge(Verdict.PARTIAL)
    [found] = await run(judge, verdict=verdict)
    assert (found.key, found.score) == ("probewise", score)
    assert type(found.score) is type(score)
    assert found.comment is not None and found.comment.startswith("partial")
    assert found.metadata is not None and found.metadata["verdict"] == "partial"
    assert judge.asked[0][1].text == "We stir cooking.1."


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("judge", "question_id", "comment"),
    [
        (FakeJudge(DOWN), "cooking.1", "ungraded (model_unavailable): the model is down"),
        (FakeJudge(), "cooking.9", "did you mean cooking.3 or"),
    ],
)
async def test_langsmith_is_told_why_there_is_no_score(
    judge: FakeJudge, question_id: str, comment: str
) -> None:
    [found] = await run(judge, question_id)
    assert (found.key, found.score, found.value) == ("probewise", None, None)
    assert found.comment is not None and comment in found.comment


def test_langsmiths_sync_runner_takes_it_too_and_so_a_target_that_returns_text() -> None:
    rows = evaluate(
        lambda inputs: "We stir.",  # type: ignore[arg-type]
        data=[an_example("cooking.1", "weak")],
        evaluators=[build_evaluator(FakeJudge(), a_catalogue())],  # type: ignore[list-item]
        upload_results=False,
        client=an_offline_client(),
    )
    [row] = list(rows)
    assert [found.score for found in row["evaluation_results"]["results"]] == [True]


@pytest.mark.anyio
async def test_openevals_grades_the_last_answer_of_a_simulated_deep_dive() -> None:
    evaluator = build_evaluator(FakeJudge(Verdict.GOOD), a_catalogue())

    async def customer(message: Mapping[str, str], **_: object) -> dict[str, str]:
        return {"role": "assistant", "content": f"On {message['content']!r}: we stir."}

    async def probewise(*, outputs: list[dict[str, str]], **given: object) -> dict[str, object]:
        return await evaluator(inputs="cooking.1", outputs=outputs[-1]["content"], **given)

    result = await run_multiturn_simulation_async(
        app=customer,
        user=["How do you keep it from burning?"],
        max_turns=1,
        trajectory_evaluators=[probewise],
        reference_outputs={"verdict": "good"},
    )
    [found] = result["evaluator_results"]
    assert (found["key"], found["score"]) == ("probewise", True)
