"""The judge as an evaluator of LangSmith and openevals: an async function."""

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
    """The evaluation of one answer, as a framework gets it.

    `score` is SCORES of the verdict (0 to 1). If a verdict was expected, it is True if the verdict
    is that one, else False. It is None if no verdict was reached. `comment` has verdict, rationale
    and quotes, or the reason why there is no verdict.
    """

    score: float | bool | None
    comment: str
    metadata: dict[str, str | float | None]
    key: str = KEY


class Evaluator(Protocol):
    """A function that a framework calls for each row, by position or by name."""

    async def __call__(
        self,
        inputs: object = None,
        outputs: object = None,
        reference_outputs: object = None,
        **kwargs: object,
    ) -> dict[str, object]:
        """Return the fields of `Evaluation`; takes and raises the same as `evaluate`."""
        ...


def build_evaluator(judge: Judge, catalogue: Catalogue) -> Evaluator:
    """Build an evaluator for LangSmith's `aevaluate` and for openevals.

    Give all rows of a run a verdict to expect, or none of them: frameworks average the scores of a
    run.
    """

    # It is a function, because LangSmith does not take an object with an async __call__ for async.
    # It has the key as its name, because LangSmith shows failures under the function's name.
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

    Each is the text itself or a mapping that has it: `question_id` in the inputs; `answer`, or
    `output` (LangSmith's name for the return value of a function), in the outputs; `verdict` in the
    reference, which may be missing. Raises CaseError if a part is missing or is no text,
    UnknownQuestion, InvalidAnswer and LimitExceeded.
    """
    question = catalogue.question(_read_text(inputs, "inputs", "question_id"))
    answer = Answer.of(_read_text(outputs, "outputs", "answer", "output"))
    expected = _read_expected(reference)
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
        comment=_write_comment(result, None if agrees else expected),
        metadata=_make_metadata(result),
    )


def _read_text(value: object, part: str, *names: str) -> str:
    """Return the value if it is a text, or the first of these names in a mapping."""
    if isinstance(value, Mapping):
        value = next((value[name] for name in names if name in value), None)
    if isinstance(value, str):
        return value
    raise CaseError(
        f"{part}: no {names[0]} in it; hand over its text, or a mapping that holds it as "
        f"{names[0]!r}"
    )


def _read_expected(reference: object) -> Verdict | None:
    """Read the verdict to expect; None if the reference has none."""
    if reference is None or (isinstance(reference, Mapping) and reference.get("verdict") is None):
        return None
    named = _read_text(reference, "reference", "verdict")
    try:
        return Verdict(named)
    except ValueError:
        raise CaseError(f"reference: no verdict {named!r}; use {', '.join(Verdict)}") from None


def _write_comment(grade: Grade, missed: Verdict | None) -> str:
    """Write verdict and rationale on the first line, then a line for each quote."""
    head = f"{grade.verdict}, not {missed}" if missed else str(grade.verdict)
    review = " (needs review)" if grade.needs_review else ""
    quotes = (
        f'{signal.id} {signal.status}: "{evidence.quote}"'
        for signal in grade.signals
        for evidence in signal.evidence
    )
    return "\n".join([f"{head}{review}: {grade.rationale}", *quotes])


def _make_metadata(grade: Grade) -> dict[str, str | float | None]:
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
