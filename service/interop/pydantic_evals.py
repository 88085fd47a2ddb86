"""The judge as an evaluator of Pydantic Evals."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.errors import JudgeError
from service.interop.langsmith import KEY, evaluate
from service.judging.models import Judge
from service.playbooks.catalogue import Catalogue

try:
    from pydantic_evals.evaluators import EvaluationReason, Evaluator, EvaluatorContext
except ImportError as error:
    raise ImportError(
        'this evaluator needs Pydantic Evals: pip install "probewise[pydantic-evals]"'
    ) from error

__all__ = ["ProbewiseEvaluator"]


@dataclass(repr=False)
class ProbewiseEvaluator(Evaluator[object, object, object]):
    """An evaluator that grades a task's output as the answer to the question in a case's inputs.

    Inputs and output are as `evaluate` takes them. A case whose metadata is a mapping with a
    `verdict` gets an assertion that the verdict is that one, any other case a score from 0 to 1.
    """

    judge: Judge
    catalogue: Catalogue

    async def evaluate(self, ctx: EvaluatorContext[object, object, object]) -> EvaluationReason:
        """Return score and comment.

        Raises the errors of `evaluate`, and JudgeError if the answer is ungraded. A report lists
        them as evaluator failures, apart from all scores.
        """
        expected = ctx.metadata if isinstance(ctx.metadata, Mapping) else None
        found = await evaluate(self.judge, self.catalogue, ctx.inputs, ctx.output, expected)
        if found.score is None:
            raise JudgeError(found.comment)
        return EvaluationReason(value=found.score, reason=found.comment)

    def get_default_evaluation_name(self) -> str:
        """Return the name under which reports show the evaluation."""
        return KEY

    def build_serialization_arguments(self) -> dict[str, object]:
        """Return nothing: judge and catalogue stay out of saved datasets and reports."""
        return {}
