"""How likely words answer a question at all, whatever their worth."""

from collections.abc import Callable

from service.judging.embedded.clean_text import readable
from service.judging.embedded.onnx_model import VERDICTS, Scorer
from service.judging.models import Verdict
from service.playbooks.models import Question

__all__ = ["Relevance"]

_UNANSWERED = VERDICTS.index(Verdict.UNANSWERED)


class Relevance:
    """The embedded judge's probability that a text is not `unanswered`; `load` is called once."""

    def __init__(self, load: Callable[[], Scorer]) -> None:
        self._load = load

    def of(self, question: Question, text: str) -> float:
        """From 0 to 1, on the calling thread."""
        scorer = self._load()
        said = readable(question, text, scorer.asks(question))
        if not any(character.isalnum() for character in said):
            return 0.0
        return 1 - float(scorer.score(question, said).verdicts[_UNANSWERED])
