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
    """A scorer that grades a row's outputs as the answer to the question in its inputs.

    Both are as `evaluate` takes them. If the expectations have a `verdict`, the feedback is True or
    False: whether the verdict is that one. Otherwise it is a score from 0 to 1. MLflow calls
    scorers from many threads, none of which is async. The judge's connections can be used by one
    event loop only, so the judge runs on one thread of the scorer's own.
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
        """Return the feedback, which has an error and no value if the answer is ungraded.

        Raises the errors of `evaluate`, which `mlflow.genai.evaluate` turns into such feedback too.
        """
        grading = evaluate(self._judge, self._catalogue, inputs, outputs, expectations)
        return _make_feedback(asyncio.run_coroutine_threadsafe(grading, self._loop).result())

    def close(self) -> None:
        """Close the judge and end the scorer's thread; neither is used again."""
        asyncio.run_coroutine_threadsafe(self._judge.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _make_feedback(found: Evaluation) -> Feedback:
    if found.score is None:
        error = AssessmentError(error_code="UNGRADED", error_message=found.comment)
        return Feedback(name=found.key, error=error, metadata=_write_metadata(found))
    model = found.metadata["model"] or found.metadata["judge"]
    return Feedback(
        name=found.key,
        value=found.score,
        rationale=found.comment,
        source=AssessmentSource(source_type="LLM_JUDGE", source_id=str(model)),
        metadata=_write_metadata(found),
    )


def _write_metadata(found: Evaluation) -> dict[str, str]:
    """Write the metadata as MLflow stores it: as text only."""
    return {name: str(value) for name, value in found.metadata.items() if value is not None}
