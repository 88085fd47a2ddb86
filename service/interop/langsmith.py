"""The judge as the async function that LangSmith and openevals take for an evaluator."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from service.evaluation.cases.case import CaseError
from service.judging.models import Answer, Grade, Judge, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue

__all__ = ["KEY", "SCORES", "Evaluation", "Evaluator", "build_evaluator", "evaluate"]

KEY = "probewise"
SCORES = {Verdict.GOOD: 1.0, Verdict.PARTIAL: 0.5, Verdict.WEAK: 0.0, Verdict.UNANSWERED: 0.0}


@dataclass(frozen=True)
class Evaluation:
    """What a framework learns of one answer.

    `score` is SCORES of the verdict (0 to 1); where a verdict was expected, whether it is that
    one; None where no verdict was reached. `comment` holds verdict, rationale and quotes, or why
    there is no verdict.
    """

    score: float | bool | None
    comment: str
    metadata: dict[str, str | float | None]
    key: str = KEY


class Evaluator(Protocol):
    """Called by a framework for each row, by position or by name."""

    async def __call__(
        self,
        inputs: object = None,
        outputs: object = None,
        reference_outputs: object = None,
        **kwargs: object,
    ) -> dict[str, object]:
        """The fields of `Evaluation`; see `evaluate` for what it takes and raises."""
        ...


def build_evaluator(judge: Judge, catalogue: Catalogue) -> Evaluator:
    """An evaluator that LangSmith's `aevaluate` and openevals take as it is.

    Give either all rows of a run a verdict to expect or none: frameworks average a run's scores.
    """

    # LangSmith tells async functions by their kind, which an object with an async __call__ is
    # not of, and files failures under the function's name, which is therefore the key.
    async def probewise(
        inputs: object = None,
        outputs: object = None,
        reference_outputs: object = None,
        **kwargs: object,
    ) -> dict[str, object]:
        return asdict(await evaluate(judge, catalogue, inputs, outputs, reference_outputs))

    return probewise


async def evaluate(
    judge: Judge, catalogue: Catalogue, inputs: object, outputs: object, reference: object = None
) -> Evaluation:
    """Grade one row: a question id, an answer and maybe the verdict to expect.

    Each is the text itself or a mapping that holds it: `question_id` in the inputs; `answer`, or
    `output` (where LangSmith puts what a function returned), in the outputs; `verdict` in the
    reference, which may lack it. Raises CaseError where a part is missing or no text,
    UnknownQuestion, InvalidAnswer and LimitExceeded.
    """
    question = catalogue.question(_text(inputs, "inputs", "question_id"))
    answer = Answer.of(_text(outputs, "outputs", "answer", "output"))
    expected = _expected(reference)
    result = await judge.grade(question, answer)
    if isinstance(result, Ungraded):
        return Evaluation(
            score=None,
            comment=f"ungraded ({result.reason}): {result.detail}",
            metadata={"question_id": question.id, "ungraded": result.reason.value},
        )
    agrees = result.verdict is expected
    return Evaluation(
        score=SCORES[result.verdict] if expected is None else agrees,
        comment=_comment(result, None if agrees else expected),
        metadata=_metadata(result),
    )


def _text(value: object, part: str, *names: str) -> str:
    """The text that is the value, or that a mapping holds under the first of these names."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in names if name in value), None)
    if isinstance(value, str):
        return value
    raise CaseError(
        f"{part}: no {names[0]} in it; hand over its text, or a mapping that holds it as "
        f"{names[0]!r}"
    )


def _expected(reference: object) -> Verdict | None:
    """The verdict to expect; None where the reference says nothing of one."""
    if reference is None or (isinstance(reference, Mapping) and reference.get("verdict") is None):
        return None
    named = _text(reference, "reference", "verdict")
    try:
        return Verdict(named)
    except ValueError:
        raise CaseError(f"reference: no verdict {named!r}; use {', '.join(Verdict)}") from None


def _comment(grade: Grade, missed: Verdict | None) -> str:
    """Verdict and rationale on the first line, then a line for each quote."""
    head = f"{grade.verdict}, not {missed}" if missed else str(grade.verdict)
    review = " (needs review)" if grade.needs_review else ""
    quotes = (
        f'{signal.id} {signal.status}: "{evidence.quote}"'
        for signal in grade.signals
        for evidence in signal.evidence
    )
    return "\n".join([f"{head}{review}: {grade.rationale}", *quotes])


def _metadata(grade: Grade) -> dict[str, str | float | None]:
    return {
        "question_id": grade.question_id,
        "verdict": grade.verdict.value,
        "confidence": grade.confidence,
        "needs_review": grade.needs_review,
        "probe": grade.probe,
        "judge": grade.judge.kind.value,
        "model": grade.judge.model,
        "playbook_digest": grade.judge.playbook_digest,
    }
