"""Public short-answer corpora as auxiliary training and as a test on questions never met.

Each corpus is a folder of JSON Lines files whose lines hold question, reference, answer, label (see
evals/embedded/README.md). A reference answer stands where a playbook has its good signals, one
sentence each.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from tokenizers import Tokenizer

from evals.embedded.examples import UNKNOWN, Example
from service.errors import ConfigurationError
from service.frozen import Frozen, first_fault
from service.judging.embedded.packing import pack
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.judging.models import SignalStatus, Verdict
from service.playbooks.models import Playbook, Question, Signal, SignalKind

__all__ = ["SHORT_ANSWERS", "ShortAnswer", "auxiliary", "question_of", "read_corpus"]

SHORT_ANSWERS = ("scientsbank", "beetle")
_PER_PASS = 1200
_WEAK = "A wrong answer, or one with nothing specific in it"
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+\|\s+")

Label = Literal[
    "correct",
    "partially_correct_incomplete",
    "contradictory",
    "irrelevant",
    "non_domain",
    "incorrect",
]

_VERDICTS: dict[Label, Verdict] = {
    "correct": Verdict.GOOD,
    "partially_correct_incomplete": Verdict.PARTIAL,
    "contradictory": Verdict.WEAK,
    "incorrect": Verdict.WEAK,
    "irrelevant": Verdict.WEAK,
    "non_domain": Verdict.UNANSWERED,
}
_STATUSES: dict[Label, SignalStatus] = {
    "correct": SignalStatus.SHOWN,
    "contradictory": SignalStatus.CONTRADICTED,
    "irrelevant": SignalStatus.ABSENT,
    "non_domain": SignalStatus.ABSENT,
}


class ShortAnswer(Frozen):
    """A student's answer to a question that has a reference answer."""

    question_id: str
    question: str
    reference: str
    answer: str
    label: Label


def read_corpus(file: Path) -> list[ShortAnswer]:
    """The answers of one file; ConfigurationError names the line that can't be read."""
    adapter, answers = TypeAdapter(ShortAnswer), []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            answers.append(adapter.validate_json(line, extra="ignore"))
        except ValidationError as error:
            raise ConfigurationError(f"{file}, line {number}: {first_fault(error)}") from error
    return answers


def auxiliary(tokenizer: Tokenizer, folder: Path, chance: random.Random) -> Iterator[Example]:
    """Some answers of the corpora to train on, drawn anew each time; their evidence is unknown."""
    answers = [a for name in SHORT_ANSWERS for a in read_corpus(folder / name / "train.jsonl")]
    for answer in chance.sample(answers, min(_PER_PASS, len(answers))):
        if answer.answer.strip():
            yield _example(tokenizer, answer)


def question_of(answer: ShortAnswer) -> Question:
    """The question with its reference answer's sentences for good signals."""
    reference = " ".join(answer.reference.split())
    sentences = [sentence for sentence in _SENTENCE.split(reference) if sentence]
    signals = [Signal(id=f"good.{n}", wording=text) for n, text in enumerate(sentences, start=1)]
    question = Question(
        number=1,
        text=" ".join(answer.question.split()),
        signals=(*signals, Signal(id="weak.1", wording=_WEAK)),
        probe="Could you say more?",
        insight=reference,
    )
    return Playbook(id="short-answers", title="Short answers", questions=(question,)).questions[0]


def _example(tokenizer: Tokenizer, answer: ShortAnswer) -> Example:
    question = question_of(answer)
    packed = pack(tokenizer, question, answer.answer)[0]
    good = _STATUSES.get(answer.label)
    statuses = [
        STATUSES.index(good) if good and signal.kind is SignalKind.GOOD else UNKNOWN
        for signal in question.signals
    ]
    nowhere = [[0.0] * len(packed.offsets) for _ in question.signals]
    return Example(packed, VERDICTS.index(_VERDICTS[answer.label]), statuses, nowhere)
