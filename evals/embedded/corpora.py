"""Read public short-answer corpora, for more training and for a test on questions never seen.

Each corpus is a folder of JSON Lines files whose lines hold question, reference, answer, label (see
evals/embedded/README.md). The sentences of a reference answer are taken for good signals.
"""

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from tokenizers import Tokenizer

from evals.embedded.examples import UNKNOWN, Example
from service.errors import ConfigurationError
from service.judging.embedded.packing import pack
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.judging.models import SignalStatus, Verdict
from service.playbooks.models import Playbook, Question, Signal
from service.records import Frozen, first_fault

__all__ = [
    "WEAK_WORDINGS",
    "ShortAnswer",
    "example_of",
    "papers",
    "question_of",
    "read_corpus",
    "singles",
    "strays",
    "training_answers",
]

SHORT_ANSWERS = ("scientsbank", "beetle")
_QUESTIONS = (2, 3)  # of a paper, at least and at most
_CORRECT = (1.0, 1.0, 0.6, 0.6, 0.0)  # how likely each answer of a paper is a correct one
_FULL, _HARDLY = 0.8, 0.3  # the mean mark from which a paper is good, and below which it is weak
WEAK_WORDINGS = (
    "A wrong answer, or one with nothing specific in it",
    "Wrong, vague or off the point",
    "Repeats the question or guesses",
    "Gives a false explanation, or none",
    "Misses the point or contradicts the facts",
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\s+\|\s+")

Label = Literal[
    "correct",
    "partially_correct_incomplete",
    "contradictory",
    "irrelevant",
    "non_domain",
    "incorrect",
]

_MARKS: dict[Label, float] = {"correct": 1.0, "partially_correct_incomplete": 0.5}
_STATUSES: dict[Label, SignalStatus] = {
    "correct": SignalStatus.SHOWN,
    "contradictory": SignalStatus.CONTRADICTED,
    "irrelevant": SignalStatus.ABSENT,
    "non_domain": SignalStatus.ABSENT,
}


class ShortAnswer(Frozen):
    """A student's answer to a question that has a reference answer."""

    question_id: str
    module: str = ""
    question: str
    reference: str
    answer: str
    label: Label


def read_corpus(file: Path) -> list[ShortAnswer]:
    """Read the answers of one file; ConfigurationError names the line that can't be read."""
    adapter, answers = TypeAdapter(ShortAnswer), []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            answers.append(adapter.validate_json(line, extra="ignore"))
        except ValidationError as error:
            raise ConfigurationError(f"{file}, line {number}: {first_fault(error)}") from error
    return answers


def training_answers(folder: Path) -> list[ShortAnswer]:
    """Read the answers of SciEntsBank and Beetle that are for training."""
    files = (folder / name / "train.jsonl" for name in SHORT_ANSWERS)
    return [answer for file in files for answer in read_corpus(file) if answer.answer.strip()]


def singles(
    tokenizer: Tokenizer, answers: Sequence[ShortAnswer], count: int, chance: random.Random
) -> Iterator[Example]:
    """Draw `count` answers, each by itself."""
    for answer in chance.sample(answers, min(count, len(answers))):
        yield example_of(tokenizer, [answer])


def papers(
    tokenizer: Tokenizer, answers: Sequence[ShortAnswer], count: int, chance: random.Random
) -> Iterator[Example]:
    """Join the answers to some questions of one module to one long answer, `count` times."""
    modules = _modules(answers)
    for _ in range(count if modules else 0):
        yield example_of(tokenizer, _paper(chance.choice(modules), chance))


def strays(
    tokenizer: Tokenizer, answers: Sequence[ShortAnswer], count: int, chance: random.Random
) -> Iterator[Example]:
    """Draw `count` answers and put each under a question of another module."""
    for answer in chance.sample(answers, min(count, len(answers))):
        others = [other for other in answers if other.module != answer.module]
        if others:
            asked = question_of(chance.choice(others))
            statuses = [STATUSES.index(SignalStatus.ABSENT)] * len(asked.signals)
            yield _example(tokenizer, asked, answer.answer, Verdict.UNANSWERED, statuses)


def question_of(*answers: ShortAnswer, weak: str = WEAK_WORDINGS[0]) -> Question:
    """Join the questions to one, with the sentences of their reference answers for good signals."""
    sentences = [sentence for answer in answers for sentence in _sentences(answer)]
    signals = [Signal(id=f"good.{n}", wording=text) for n, text in enumerate(sentences, start=1)]
    question = Question(
        number=1,
        text=" ".join(_asked(answer, whole=len(answers) == 1) for answer in answers),
        signals=(*signals, Signal(id="weak.1", wording=weak)),
        probe="Could you say more?",
        insight=" ".join(sentences),
    )
    return Playbook(id="short-answers", title="Short answers", questions=(question,)).questions[0]


def example_of(tokenizer: Tokenizer, answers: Sequence[ShortAnswer]) -> Example:
    """Join the answers to one; its verdict is their mean mark: 1, a half (in part correct) or 0."""
    said = "\n".join(answer.answer for answer in answers)
    statuses = [status for answer in answers for status in _statuses(answer)]
    statuses.append(UNKNOWN)  # the weak signal's
    return _example(tokenizer, question_of(*answers), said, _verdict(answers), statuses)


def _example(
    tokenizer: Tokenizer, question: Question, said: str, verdict: Verdict, statuses: list[int]
) -> Example:
    """Make an example without evidence, since nobody labelled which words show a signal."""
    packed = pack(tokenizer, question, said)[0]
    nowhere = [[0.0] * len(packed.offsets) for _ in statuses]
    return Example(packed, VERDICTS.index(verdict), statuses, nowhere)


def _statuses(answer: ShortAnswer) -> list[int]:
    """List the status of each sentence of the reference, as far as the mark determines it."""
    count = len(_sentences(answer))
    if answer.label not in _STATUSES or (answer.label == "contradictory" and count > 1):
        return [UNKNOWN] * count
    return [STATUSES.index(_STATUSES[answer.label])] * count


_Module = list[list[ShortAnswer]]  # the answers to each of its questions


def _modules(answers: Sequence[ShortAnswer]) -> list[_Module]:
    """Group answers by module and question; modules with too few questions are left out."""
    modules: dict[str, dict[str, list[ShortAnswer]]] = {}
    for answer in answers:
        module = modules.setdefault(answer.module, {})
        module.setdefault(answer.question_id, []).append(answer)
    return [list(module.values()) for module in modules.values() if len(module) >= _QUESTIONS[1]]


def _paper(module: _Module, chance: random.Random) -> list[ShortAnswer]:
    """Draw an answer to each of some questions."""
    share, paper = chance.choice(_CORRECT), []
    for answers in chance.sample(module, chance.randint(*_QUESTIONS)):
        correct = chance.random() < share
        wanted = [answer for answer in answers if (answer.label == "correct") is correct]
        paper.append(chance.choice(wanted or answers))
    return paper


def _verdict(answers: Sequence[ShortAnswer]) -> Verdict:
    if all(answer.label == "non_domain" for answer in answers):
        return Verdict.UNANSWERED
    mark = mean(_MARKS.get(answer.label, 0.0) for answer in answers)
    if mark >= _FULL:
        return Verdict.GOOD
    return Verdict.PARTIAL if mark >= _HARDLY else Verdict.WEAK


def _asked(answer: ShortAnswer, *, whole: bool) -> str:
    """Take the whole question, or its last sentence: stories leave no room for other questions."""
    question = " ".join(answer.question.split())
    return question if whole else _SENTENCE.split(question)[-1]


def _sentences(answer: ShortAnswer) -> list[str]:
    """Split the reference answer into sentences."""
    return [text for text in _SENTENCE.split(" ".join(answer.reference.split())) if text]
