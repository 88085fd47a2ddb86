"""The judge as a scorer of MLflow."""

import asyncio
import threading

from pydantic import PrivateAttr

from service.interop.langsmith import KEY, Evaluation, evaluate
from service.judging.models import Judge
from service.playbooks.catalogue import Catalogue

try:
    from mlflow.entities import AssessmentError, AssessmentSource, Feedback
    from mlflow.genai.scorers import Scorer
except ImportError as error:
    raise ImportError('this scorer needs MLflow: pip install "probewise[mlflow]"') from error

__all__ = ["ProbewiseScorer"]


class ProbewiseScorer(Scorer):
    """Grades a row's outputs as the answer to the question in its inputs.

    Both are as `evaluate` takes them; where the expectations hold a `verdict`, the feedback is
    whether the verdict is that one, else a score from 0 to 1. MLflow calls scorers from many
    threads and none of them is async, so the judge lives on one thread of the scorer's own:
    its connections can be used by one event loop only.
    """

    name: str = KEY
    _judge: Judge = PrivateAttr()
    _catalogue: Catalogue = PrivateAttr()
    _loop: asyncio.AbstractEventLoop = PrivateAttr()
    _thread: threading.Thread = PrivateAttr()

    def __init__(self, judge: Judge, catalogue: Catalogue) -> None:
        super().__init__(name=KEY)
        self._judge, self._catalogue = judge, catalogue
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="probewise-scorer", daemon=True
        )
        self._thread.start()

    def __call__(
        self,
        *,
        inputs: object = None,
        outputs: object = None,
        expectations: object = None,
        **_: object,
    ) -> Feedback:
        """The feedback, which holds an error and no value where ungraded.

        Raises what `evaluate` raises, which `mlflow.genai.evaluate` turns into such feedback too.
        """
        grading = evaluate(self._judge, self._catalogue, inputs, outputs, expectations)
        return _feedback(asyncio.run_coroutine_threadsafe(grading, self._loop).result())

    def close(self) -> None:
        """Close the judge and end the scorer's thread; neither is used again."""
        asyncio.run_coroutine_threadsafe(self._judge.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _feedback(found: Evaluation) -> Feedback:
    if found.score is None:
        error = AssessmentError(error_code="UNGRADED", error_message=found.comment)
        return Feedback(name=found.key, error=error, metadata=_written(found))
    model = found.metadata["model"] or found.metadata["judge"]
    return Feedback(
        name=found.key,
        value=found.score,
        rationale=found.comment,
        source=AssessmentSource(source_type="LLM_JUDGE", source_id=str(model)),
        metadata=_written(found),
    )


def _written(found: Evaluation) -> dict[str, str]:
    """The metadata as MLflow keeps it: text only."""
    return {name: str(value) for name, value in found.metadata.items() if value is not None}
