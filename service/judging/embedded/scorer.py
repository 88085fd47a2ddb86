"""Define the seam to the trained model: a question and a text go in, scores come out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.judging.models import SignalStatus, Verdict
from service.judging.review import ReviewReason
from service.playbooks.models import Question

__all__ = ["STATUSES", "VERDICTS", "Array", "QuestionKind", "Scorer", "Scores"]

# The order of the columns of all scores. The weights were trained with it: never change it.
VERDICTS = tuple(Verdict)
STATUSES = (
    SignalStatus.ABSENT,
    SignalStatus.SHOWN,
    SignalStatus.PLANNED,
    SignalStatus.CONTRADICTED,
)

Array = NDArray[np.float32]


class QuestionKind(StrEnum):
    """A kind of question; the answers to each kind are judged in their own way.

    `practice` asks how the customer does things ("how do you ..."), so that textbook talk is weak.
    `knowledge` asks what is true anywhere ("explain why ..."), as examinations do.
    """

    PRACTICE = "practice"
    KNOWLEDGE = "knowledge"


@dataclass(frozen=True)
class Scores:
    """One judgement: `verdicts` (4) and each signal's `statuses` (signals, 4) sum to 1 in each row.

    `evidence` (signals, answer tokens) is how much each token shows each signal, 0 to 1; `offsets`
    are the tokens' start and end characters in the answer. `opinions` are the verdicts (4) of each
    network by itself, of which `verdicts` is made. `confidence` is the chance that the
    likeliest verdict is right, `doubts` are reasons why a person should look at it. It is not
    `of_whole` if parts were not read.
    """

    verdicts: Array
    statuses: Array
    evidence: Array
    offsets: list[tuple[int, int]]
    opinions: tuple[Array, ...] = ()
    confidence: float = 0.0
    doubts: tuple[ReviewReason, ...] = ()
    of_whole: bool = True


class Scorer(Protocol):
    """Anything that scores an answer against a question's signals."""

    @property
    def name(self) -> str: ...

    def find_kind(self, question: Question) -> QuestionKind: ...

    def score(self, question: Question, text: str) -> Scores: ...
