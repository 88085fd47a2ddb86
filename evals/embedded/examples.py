"""Make training examples from labelled cases, with other variations in each epoch."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from evals.embedded.shorthand import jot_down
from service.evaluation.cases.case import Case
from service.evaluation.robustness.change_kinds import ChangeKind, find_quoted_spans
from service.evaluation.robustness.changed_cases import change_case
from service.evaluation.robustness.edits import find_sentence_starts
from service.evaluation.robustness.suite import Suite
from service.judging.embedded.clean_text import clean_answer, remove_disfluencies
from service.judging.embedded.packing import MAX_TOKENS, PackedSequence, pack
from service.judging.embedded.scorer import STATUSES, VERDICTS
from service.judging.models import SignalStatus, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question

_RELATED = [  # questions whose answers may partly answer each other
    {"data-engineering.1", "data-engineering.2"},
    {"data-engineering.5", "data-engineering.6"},
    {"data-engineering.7", "data-engineering.8"},
    {"data-warehousing.1", "data-warehousing.2", "data-warehousing.7"},
    {"data-warehousing.4", "data-warehousing.8"},
    {"ai-ml.1", "ai-ml.5"},
    {"ai-ml.7", "ai-ml.9"},
]
_JOTTED = 0.15  # shares of the cases that each variation touches
_CHANGED = 0.45
_WEIGHTS = {  # of the kinds of change; the others weigh 1
    ChangeKind.PADDING: 2.0,
    ChangeKind.NEGATION: 2.0,
    ChangeKind.ADDITION: 2.0,
    ChangeKind.DENIAL: 2.0,
}
_ACCOMPANIED = 0.15
_COMPANIONS = 3  # sentences at most
_READABLE = 0.5
_REORDERED = 0.5
_DISTRACTED = 0.15
_FOREIGN = 0.5  # of the signals that such an answer lacks
_MISMATCHED = 0.15
_NEAR = 0.3  # of the wrong questions, the share from the same playbook

UNKNOWN = -100  # a status or verdict without a label; torch's losses pass it over


@dataclass(frozen=True)
class Example:
    """One packed sequence with its targets; `evidence` (signals, answer tokens) is 0 or 1.

    `also` are other verdicts that a reader could defend. What has no label is UNKNOWN.
    """

    packed: PackedSequence
    verdict: int
    statuses: list[int]
    evidence: list[list[float]]
    also: tuple[int, ...] = ()


def plain(tokenizer: Tokenizer, catalogue: Catalogue, case: Case) -> Example:
    """Make an example of the case as it is, cut to one window."""
    return _example(
        tokenizer, catalogue.question(case.question_id), case, remove_disfluencies(case.answer)
    )


def varied(
    tokenizer: Tokenizer,
    catalogue: Catalogue,
    cases: Sequence[Case],
    suite: Suite,
    chance: random.Random,
) -> Iterator[Example]:
    """Make a varied example of every case, and of some of them a wrong one too.

    Some answers are put in shorthand. Nearly half are changed as the suite says: recognition
    errors, quoted signals, instructions to the grader, harmless remarks, denials, and padding most
    often. Half of the time, instructions and recited signals are removed as in use. Some of the
    other answers get sentences of an answer to another
    question. In one of seven, signals that the answer lacks are exchanged for some of other
    playbooks, so that a signal has to be read to be judged. The wrong ones are answers under a
    question that they do not answer.
    """
    seed = chance.randrange(2**32)
    for original in cases:
        case = jot_down(original, chance) if chance.random() < _JOTTED else original
        question, told = catalogue.question(case.question_id), case
        if chance.random() < _CHANGED:
            changes = list(change_case(case, question, suite, per_kind=1, seed=seed))
            weights = [_WEIGHTS.get(change.kind, 1.0) for change in changes]
            told = chance.choices(changes, weights)[0].case
        elif chance.random() < _ACCOMPANIED:
            told = _accompanied(case, chance.choice(cases), chance)
        as_in_use = chance.random() < _READABLE
        read = (
            clean_answer(question, told.answer) if as_in_use else remove_disfluencies(told.answer)
        )
        if chance.random() < _DISTRACTED:
            question = _distracted(catalogue, question, case, chance)
        if chance.random() < _REORDERED:
            question = _reordered(question, chance)
        yield _example(tokenizer, question, told, read)
        if case.verdict is not Verdict.UNANSWERED and chance.random() < _MISMATCHED:
            yield _mismatched(tokenizer, catalogue, case, chance)


def _accompanied(case: Case, other: Case, chance: random.Random) -> Case:
    """Add some sentences of the answer to another question."""
    if other.question_id in _near(case):
        return case
    starts = [0, *find_sentence_starts(other.answer), len(other.answer)]
    first = chance.randrange(len(starts) - 1)
    last = min(first + chance.randint(1, _COMPANIONS), len(starts) - 1)
    beside = other.answer[starts[first] : starts[last]].strip()
    parts = [beside, case.answer] if chance.random() < 0.5 else [case.answer, beside]
    return case.model_copy(update={"answer": chance.choice([" ", "\n"]).join(parts)})


def _near(case: Case) -> set[str]:
    """List the case's question and those whose answers may answer it in part."""
    return {case.question_id}.union(*(group for group in _RELATED if case.question_id in group))


def _mismatched(
    tokenizer: Tokenizer, catalogue: Catalogue, case: Case, chance: random.Random
) -> Example:
    """Put the answer under another question, which it does not answer."""
    near = _near(case)
    others = [question for question in catalogue.questions if question.id not in near]
    playbook = case.question_id.rpartition(".")[0]
    if chance.random() < _NEAR:
        others = [q for q in others if q.playbook_id == playbook] or others
    question = chance.choice(others)
    moved = case.model_copy(update={"verdict": Verdict.UNANSWERED, "signals": {}})
    return _example(tokenizer, question, moved, remove_disfluencies(case.answer))


def _example(tokenizer: Tokenizer, question: Question, case: Case, read: str) -> Example:
    """Make an example; `read` is the cleaned answer, whose characters keep their places."""
    packed = pack(tokenizer, question, read)[0]
    statuses, evidence = [], []
    for signal in question.signals:
        label = case.signals.get(signal.id)
        statuses.append(STATUSES.index(label.status if label else SignalStatus.ABSENT))
        spans = find_quoted_spans(label, case.answer) if label else []
        evidence.append(
            [float(any(s < end and e > start for s, e in spans)) for start, end in packed.offsets]
        )
    assert len(packed.ids) <= MAX_TOKENS
    also = tuple(VERDICTS.index(verdict) for verdict in case.also_defensible)
    return Example(packed, VERDICTS.index(case.verdict), statuses, evidence, also)


def _distracted(
    catalogue: Catalogue, question: Question, case: Case, chance: random.Random
) -> Question:
    """Exchange half of the signals that the answer lacks for some of other playbooks."""
    others = [q for q in catalogue.questions if q.playbook_id != question.playbook_id]
    signals = [
        chance.choice(chance.choice(others).of_kind(signal.kind)).model_copy(
            update={"id": signal.id}
        )
        if signal.id not in case.signals and chance.random() < _FOREIGN
        else signal
        for signal in question.signals
    ]
    return question.model_copy(update={"signals": tuple(signals)})


def _reordered(question: Question, chance: random.Random) -> Question:
    signals = list(question.signals)
    chance.shuffle(signals)
    return question.model_copy(update={"signals": tuple(signals)})
