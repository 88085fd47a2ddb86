"""Robustness: changed answers whose right grade is known from the case they were made of."""

import hashlib
import math
import random
import re
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice

from service.evaluation.cases.case import Case, SignalLabel
from service.evaluation.robustness.change_kinds import Change, ChangeKind, changes_of, quoted_spans
from service.evaluation.robustness.edits import Edit, edited, moved
from service.evaluation.robustness.suite import Suite, SuiteError, read_suite
from service.judging.models import MAX_ANSWER_CHARACTERS, Verdict
from service.playbooks.models import Question
from service.records import Frozen

__all__ = ["ChangeKind", "Changed", "Suite", "SuiteError", "changed", "read_suite"]

_CASES_OF_A_QUESTION = 12  # in our golden set; with another number, draws are a little less even
_SPACING = (math.sqrt(5) - 1) / 2  # its multiples, without their whole part, lie evenly in 0..1


class Changed(Frozen):
    """A case with a changed answer and the right grade of that.

    `name` is the kind, a slash and what was done, such as `instruction/forged-json@tail`; `wants`
    is the verdict that the change tries to get, None where it tries nothing.
    """

    case: Case
    kind: ChangeKind
    name: str
    wants: Verdict | None = None


def changed(
    case: Case, question: Question, suite: Suite, *, per_kind: int, seed: int
) -> Iterator[Changed]:
    """Up to `per_kind` changed answers of each kind, drawn by the seed and the case's id alone.

    Contentless answers are unanswered. All others keep the case's verdict and signals, whose quotes
    become the words that stand there now. Changes that leave this answer as it is, or make it
    longer than answers may be, are passed over.
    """
    for kind in ChangeKind:
        made = (
            Changed(case=new, kind=kind, name=f"{kind}/{change.name}", wants=change.wants)
            for change in _drawn(kind, suite, seed, case.id)
            if (new := _made(kind, change, case, question, seed))
        )
        yield from islice(made, per_kind)


def _drawn(kind: ChangeKind, suite: Suite, seed: int, case_id: str) -> Iterator[Change]:
    """The cycle of a kind's changes from the case's turn on, each far from the one before.

    Ids that differ in their numbers alone take turns by these, so that a golden set meets every
    wording and place more evenly than by independent draws.
    """
    cycle = changes_of(kind, suite, random.Random(f"{seed}/{kind}"))  # noqa: S311 - no secret
    series, numbers = re.sub(r"\d+", "", case_id), re.findall(r"\d+", case_id)
    digest = hashlib.sha256(f"{seed}/{kind}/{series}".encode()).digest()
    turn = reduce(lambda turn, number: turn * _CASES_OF_A_QUESTION + int(number), numbers, 0)
    first = int.from_bytes(digest) + turn
    step = max(1, round(len(cycle) * _SPACING))
    while math.gcd(step, len(cycle)) > 1:
        step += 1
    return (cycle[(first + step * n) % len(cycle)] for n in range(len(cycle)))


def _made(
    kind: ChangeKind, change: Change, case: Case, question: Question, seed: int
) -> Case | None:
    chance = random.Random(f"{seed}/{case.id}/{kind}/{change.name}")  # noqa: S311 - no secret
    edits = change.edits(case, question, chance)
    answer = edited(case.answer, edits)
    if answer == case.answer or len(answer) > MAX_ANSWER_CHARACTERS:
        return None
    if kind is ChangeKind.CONTENTLESS:
        return _unanswered(case, answer)
    signals = {name: _requoted(s, case.answer, answer, edits) for name, s in case.signals.items()}
    return case.model_copy(update={"answer": answer, "signals": signals})


def _unanswered(case: Case, answer: str) -> Case:
    return case.model_copy(
        update={
            "answer": answer,
            "verdict": Verdict.UNANSWERED,
            "signals": {},
            "hard_kind": None,
            "why": "It holds nothing, so it answers no question.",
        }
    )


def _requoted(label: SignalLabel, before: str, after: str, edits: Sequence[Edit]) -> SignalLabel:
    spans = [moved(start, end, edits) for start, end in quoted_spans(label, before)]
    return label.model_copy(update={"quotes": tuple(after[start:end] for start, end in spans)})
