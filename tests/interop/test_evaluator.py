"""One row of another framework: what a score says, and what never becomes one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from service.errors import InvalidAnswer, LimitExceeded, UnknownQuestion
from service.evaluation.cases.case import CaseError
from service.interop.langsmith import build_evaluator, evaluate
from service.judging.models import Evidence, Grade, Ungraded, Verdict
from service.judging.review import ReviewReason
from service.playbooks.catalogue import Catalogue
from service.playbooks.files import load_playbooks
from service.reasons import Reason
from service.settings import Settings
from service.wiring import Parts
from tests.fakes import FakeJudge, a_catalogue, a_grade, a_question

pytestmark = pytest.mark.anyio

INPUTS = {"question_id": "cooking.1"}
DOWN = Ungraded(reason=Reason.MODEL_UNAVAILABLE, detail="the model is down")


@pytest.mark.parametrize(
    ("verdict", "reference", "score"),
    [
        (Verdict.GOOD, None, 1.0),
        (Verdict.PARTIAL, None, 0.5),
        (Verdict.WEAK, None, 0.0),
        (Verdict.UNANSWERED, None, 0.0),
        (Verdict.GOOD, {}, 1.0),
        (Verdict.GOOD, {"verdict": None}, 1.0),
        (Verdict.GOOD, {"ideal": "for another evaluator"}, 1.0),
        (Verdict.WEAK, {"verdict": "weak"}, True),
        (Verdict.WEAK, {"verdict": "unanswered"}, False),
        (Verdict.WEAK, {"verdict": Verdict.WEAK, "why": "unread"}, True),
        (Verdict.GOOD, "partial", False),
    ],
)
async def test_a_score_is_how_good_the_answer_is_or_whether_the_expected_verdict_was_reached(
    verdict: Verdict, reference: object, score: float | bool
) -> None:
    found = await evaluate(FakeJudge(verdict), a_catalogue(), INPUTS, "We stir.", reference)
    assert (found.score, type(found.score)) == (score, type(score))


@pytest.mark.parametrize("reference", [None, {"verdict": "weak"}])
async def test_an_ungraded_answer_has_no_score_but_a_reason(reference: object) -> None:
    found = await evaluate(FakeJudge(DOWN), a_catalogue(), INPUTS, "We stir.", reference)
    assert found.score is None
    assert found.comment == "ungraded (model_unavailable): the model is down"
    assert found.metadata == {"question_id": "cooking.1", "ungraded": "model_unavailable"}


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"question_id": "cooking.2"}, {"answer": "We stir."}),
        ({"question_id": "cooking.2", "customer": "unread"}, {"answer": "We stir.", "cost": 1}),
        ({"question_id": "cooking.2"}, {"output": "We stir."}),
        ({"question_id": "cooking.2"}, {"output": "unread", "answer": "We stir."}),
        ("cooking.2", "We stir."),
    ],
)
async def test_question_and_answer_are_texts_or_parts_of_mappings(
    inputs: object, outputs: object
) -> None:
    judge = FakeJudge()
    await evaluate(judge, a_catalogue(), inputs, outputs)
    [(question, answer)] = judge.asked
    assert (question.id, answer.text) == ("cooking.2", "We stir.")


@pytest.mark.parametrize(
    ("inputs", "outputs", "reference", "error", "message"),
    [
        ({}, "We stir.", None, CaseError, "inputs: no question_id in it"),
        (None, "We stir.", None, CaseError, "inputs: no question_id in it"),
        ({"question_id": 7}, "We stir.", None, CaseError, "inputs: no question_id in it"),
        (
            {"question_id": "cookin.2"},
            "We stir.",
            None,
            UnknownQuestion,
            "no question 'cookin.2'; did you mean cooking.2 ",
        ),
        (INPUTS, {}, None, CaseError, "outputs: no answer in it; hand over its text"),
        (INPUTS, None, None, CaseError, "outputs: no answer in it"),
        (INPUTS, ["We stir."], None, CaseError, "outputs: no answer in it"),
        (INPUTS, {"answer": None, "output": "x"}, None, CaseError, "outputs: no answer in it"),
        (INPUTS, "  \n", None, InvalidAnswer, "the answer is empty"),
        (INPUTS, "x" * 20_001, None, LimitExceeded, "the limit is 20,000"),
        (INPUTS, "We stir.", {"verdict": "Good."}, CaseError, "no verdict 'Good.'; use good, p"),
        (INPUTS, "We stir.", {"verdict": True}, CaseError, "reference: no verdict in it"),
        (INPUTS, "We stir.", 0.5, CaseError, "reference: no verdict in it"),
    ],
)
async def test_a_row_that_cannot_be_graded_is_refused_before_a_judge_is_asked(
    inputs: object, outputs: object, reference: object, error: type[Exception], message: str
) -> None:
    judge = FakeJudge()
    with pytest.raises(error) as caught:
        await evaluate(judge, a_catalogue(), inputs, outputs, reference)
    assert message in str(caught.value)
    assert judge.asked == []


class OneGrade(FakeJudge):
    """Gives the grade it was made with."""

    def __init__(self, grade: Grade) -> None:
        super().__init__()
        self.grade_given = grade

    async def grade(self, *_: object) -> Grade:
        return self.grade_given


@pytest.mark.parametrize(
    ("reference", "needs_review", "comment"),
    [
        (None, False, 'weak: Nothing is watched.\ngood.1 shown: "We stir"'),
        ("weak", False, 'weak: Nothing is watched.\ngood.1 shown: "We stir"'),
        ("good", False, 'weak, not good: Nothing is watched.\ngood.1 shown: "We stir"'),
        (None, True, 'weak (needs review): Nothing is watched.\ngood.1 shown: "We stir"'),
    ],
)
async def test_the_comment_holds_verdict_rationale_and_quotes(
    reference: object, needs_review: bool, comment: str
) -> None:
    grade = a_grade(evidence=(Evidence(quote="We stir", start=0, end=7),))
    judge = OneGrade(grade.model_copy(update={"review": (ReviewReason.REPAIRED,) * needs_review}))
    found = await evaluate(judge, a_catalogue(), INPUTS, "We stir.", reference)
    assert found.comment == comment
    assert found.metadata == {
        "question_id": "cooking.1",
        "verdict": "weak",
        "confidence": 0.9,
        "needs_review": needs_review,
        "probe": a_question().probe,
        "judge": "llm",
        "model": "fake",
        "playbook_digest": "0123456789ab",
    }


async def test_a_fault_of_the_judge_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        await evaluate(FakeJudge(ZeroDivisionError()), a_catalogue(), INPUTS, "We stir.")


async def test_frameworks_call_it_by_position_or_by_name_with_arguments_of_their_own() -> None:
    evaluator = build_evaluator(FakeJudge(), a_catalogue())
    by_position = await evaluator(INPUTS, {"answer": "We stir."}, {"verdict": "weak"})
    by_name = await evaluator(
        inputs=INPUTS, outputs="We stir.", reference_outputs={"verdict": "weak"}, attachments={}
    )
    assert by_position == by_name
    assert set(by_name) == {"key", "score", "comment", "metadata"}
    assert (by_name["key"], by_name["score"]) == ("probewise", True)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("We're doing full loads every night.", "weak"),
        ("You'd have to ask our platform team, I'm on the finance side.", "unanswered"),
    ],
)
async def test_the_embedded_judge_evaluates_rows(
    answer: str, verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    judge = Parts(Settings(judge="embedded")).judge
    try:
        found = await evaluate(
            judge,
            Catalogue(load_playbooks()),
            {"question_id": "data-engineering.3"},
            {"answer": answer},
            {"verdict": verdict},
        )
    finally:
        await judge.aclose()
    assert found.score is True, found.comment
    assert isinstance(found.metadata, Mapping) and found.metadata["judge"] == "embedded"
