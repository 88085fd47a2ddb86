"""Make changed cases: answers whose right grade is known from the case they are made of."""

import hashlib
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice

from service.evaluation.cases.case import Case, HardKind, SignalLabel
from service.evaluation.robustness.change_kinds import (
    Change,
    ChangeKind,
    find_quoted_spans,
    list_changes,
)
from service.evaluation.robustness.edits import Edit, apply_edits, move_span
from service.evaluation.robustness.suite import Suite
from service.judging.models import MAX_ANSWER_CHARACTERS, SignalStatus, Verdict
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["ChangedCase", "change_case"]

_CASES_OF_A_QUESTION = 12  # in our golden set; with another number, draws are a little less even
_SPACING = (math.sqrt(5) - 1) / 2  # the fractions of its multiples are spread evenly over 0..1


class ChangedCase(Frozen):
    """A case with a changed answer and the right grade of that answer.

    `name` is the kind, a slash and the change, such as `instruction/forged-json@tail`. `wants` is
    the verdict that the change tries to get, None if it tries nothing.
    """

    case: Case
    kind: ChangeKind
    name: str
    wants: Verdict | None = None


def change_case(
    case: Case, question: Question, suite: Suite, *, per_kind: int, seed: int
) -> Iterator[ChangedCase]:
    """Make up to `per_kind` changed answers of each kind, drawn by the seed and the case's id.

    Contentless answers are unanswered, and denied ones weak. All others keep the case's verdict and
    signals, and the quotes become the words that are there after the change. A change that leaves
    this answer as it is, or makes it too long to grade, is skipped.
    """
    for kind in ChangeKind:
        made = (
            ChangedCase(case=new, kind=kind, name=f"{kind}/{change.name}", wants=change.wants)
            for change in _order_changes(kind, suite, seed, case.id)
            if (new := _make_case(kind, change, case, question, seed))
        )
        yield from islice(made, per_kind)


def _order_changes(kind: ChangeKind, suite: Suite, seed: int, case_id: str) -> Iterator[Change]:
    """Yield the changes of a kind in this case's order."""
    # Independent draws would leave some wordings of a small golden set untried and try others too
    # often. So cases take turns: ids that differ only in their numbers, as those of one question
    # do, begin at neighbours in the cycle. A case with several changes then steps by the golden
    # ratio of the cycle, which keeps its changes apart however many there are. The step has no
    # divisor in common with the length, so that every change is reached once.
    cycle = list_changes(kind, suite, random.Random(f"{seed}/{kind}"))  # noqa: S311 - no secret
    series, numbers = re.sub(r"\d+", "", case_id), re.findall(r"\d+", case_id)
    digest = hashlib.sha256(f"{seed}/{kind}/{series}".encode()).digest()
    turn = reduce(lambda turn, number: turn * _CASES_OF_A_QUESTION + int(number), numbers, 0)
    first = int.from_bytes(digest) + turn
    step = max(1, round(len(cycle) * _SPACING))
    while math.gcd(step, len(cycle)) > 1:
        step += 1
    return (cycle[(first + step * n) % len(cycle)] for n in range(len(cycle)))


def _make_case(
    kind: ChangeKind, change: Change, case: Case, question: Question, seed: int
) -> Case | None:
    chance = random.Random(f"{seed}/{case.id}/{kind}/{change.name}")  # noqa: S311 - no secret
    edits = change.edits(case, question, chance)
    answer = apply_edits(case.answer, edits)
    if answer == case.answer or len(answer) > MAX_ANSWER_CHARACTERS:
        return None
    if kind is ChangeKind.CONTENTLESS:
        return _make_unanswered(case, answer)
    signals = {name: _requote(s, case.answer, answer, edits) for name, s in case.signals.items()}
    if kind is ChangeKind.DENIAL:
        return _make_denied(case, answer, signals)
    return case.model_copy(update={"answer": answer, "signals": signals})


def _make_denied(case: Case, answer: str, signals: Mapping[str, SignalLabel]) -> Case:
    """Contradict every signal that the answer showed."""
    denied = {
        name: label.model_copy(update={"status": SignalStatus.CONTRADICTED})
        for name, label in signals.items()
    }
    return case.model_copy(
        update={
            "answer": answer,
            "verdict": Verdict.WEAK,
            "also_defensible": (),
            "signals": denied,
            "hard_kind": HardKind.NEGATED_SIGNAL,
            "why": "The customer says that none of it is so.",
        }
    )


def _make_unanswered(case: Case, answer: str) -> Case:
    return case.model_copy(
        update={
            "answer": answer,
            "verdict": Verdict.UNANSWERED,
            "also_defensible": (),
            "signals": {},
            "hard_kind": None,
            "why": "It holds nothing, so it answers no question.",
        }
    )


def _requote(label: SignalLabel, before: str, after: str, edits: Sequence[Edit]) -> SignalLabel:
    spans = [move_span(start, end, edits) for start, end in find_quoted_spans(label, before)]
    return label.model_copy(update={"quotes": tuple(after[start:end] for start, end in spans)})
