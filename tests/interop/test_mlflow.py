"""MLflow calls the judge from its threads; what has no verdict is an error there, not a value."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from service.errors import InvalidAnswer
from service.judging.models import Answer, Grade, Ungraded, Verdict
from service.playbooks.models import Question
from service.reasons import Reason
from tests.fakes import FakeJudge, a_catalogue

if TYPE_CHECKING:
    from service.interop.mlflow import ProbewiseScorer

INPUTS = {"question_id": "cooking.1"}
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="the model is down")


class OneLoopJudge(FakeJudge):
    """Bound to the first event loop it is asked on, as connections are; down for some answers."""

    loop: asyncio.AbstractEventLoop | None = None

    async def grade(self, question: Question, answer: Answer) -> Grade | Ungraded:
        self.loop = self.loop or asyncio.get_running_loop()
        assert asyncio.get_running_loop() is self.loop
        await asyncio.sleep(0.001)
        return DOWN if answer.text == "down" else await super().grade(question, answer)

    async def aclose(self) -> None:
        assert self.loop in {None, asyncio.get_running_loop()}
        await super().aclose()


MakeScorer = Callable[[FakeJudge], "ProbewiseScorer"]


@pytest.fixture
def scorer_of() -> Iterator[MakeScorer]:
    """Makes scorers and closes them; MLflow is imported only once it was told to be quiet."""
    from service.interop.mlflow import ProbewiseScorer

    made: list[ProbewiseScorer] = []

    def make(judge: FakeJudge) -> ProbewiseScorer:
        made.append(ProbewiseScorer(judge, a_catalogue()))
        return made[-1]

    yield make
    for scorer in made:
        scorer.close()


@pytest.mark.parametrize(
    ("expectations", "value"),
    [
        (None, 0.5),
        ({"guidelines": "for another scorer"}, 0.5),
        ({"verdict": "partial"}, True),
        ({"verdict": "good"}, False),
    ],
)
def test_a_row_gets_feedback_with_its_reasons(
    scorer_of: MakeScorer, expectations: dict[str, str] | None, value: float | bool
) -> None:
    scorer = scorer_of(FakeJudge(Verdict.PARTIAL))
    for call in (scorer, scorer.run):
        feedback = call(inputs=INPUTS, outputs="We stir.", expectations=expectations)
        assert (feedback.name, feedback.value) == ("probewise", value)
        assert type(feedback.value) is type(value)
        assert feedback.error is None
        assert feedback.rationale and feedback.rationale.startswith("partial")
        assert feedback.source.source_type == "LLM_JUDGE"
        assert feedback.source.source_id == "fake"
        assert feedback.metadata and feedback.metadata["verdict"] == "partial"
        assert feedback.metadata["needs_review"] == "False"


def test_an_ungraded_answer_is_an_error_without_a_value(scorer_of: MakeScorer) -> None:
    feedback = scorer_of(FakeJudge(DOWN))(inputs=INPUTS, outputs="We stir.")
    assert feedback.value is None
    assert feedback.error is not None
    assert feedback.error.error_code == "UNGRADED"
    assert feedback.error.error_message == "ungraded (model_unavailable): the model is down"


def test_a_row_that_cannot_be_graded_is_refused(scorer_of: MakeScorer) -> None:
    with pytest.raises(InvalidAnswer):
        scorer_of(FakeJudge())(inputs=INPUTS, outputs=" ")


def test_calls_from_many_threads_reach_the_judge_on_one_loop(scorer_of: MakeScorer) -> None:
    judge = OneLoopJudge()
    scorer = scorer_of(judge)
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda n: scorer(inputs=INPUTS, outputs=f"We stir {n} times."), range(40))
        )
    assert [feedback.value for feedback in found] == [0.0] * 40
    assert len(judge.asked) == 40


def test_closing_closes_the_judge_where_it_was_asked_and_ends_the_thread() -> None:
    from service.interop.mlflow import ProbewiseScorer

    judge = OneLoopJudge()
    scorer = ProbewiseScorer(judge, a_catalogue())
    scorer(inputs=INPUTS, outputs="We stir.")
    scorer.close()
    assert judge.closed
    assert not scorer._thread.is_alive()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType")
@pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0")
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
def test_an_evaluation_averages_only_what_was_graded(scorer_of: MakeScorer) -> None:
    import mlflow

    answers = ["We stir.", "down", "", "We watch."]
    result = mlflow.genai.evaluate(
        data=[{"inputs": INPUTS, "outputs": answer} for answer in answers],
        scorers=[scorer_of(OneLoopJudge(Verdict.GOOD))],
    )
    assert result.metrics == {"probewise/mean": 1.0}
    assert result.result_df is not None
    found = [
        assessment["feedback"].get("error", {}).get("error_message")
        for row in result.result_df["assessments"]
        for assessment in row
    ]
    assert found == [
        None,
        "ungraded (model_unavailable): the model is down",
        "the answer is empty; send the customer's words",
        None,
    ]


def test_without_mlflow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from service.interop import mlflow as module

    monkeypatch.setitem(sys.modules, "mlflow.genai.scorers", None)
    with pytest.raises(ImportError, match=r'pip install "probewise\[mlflow\]"'):
        importlib.reload(module)
