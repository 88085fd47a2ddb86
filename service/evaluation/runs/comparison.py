"""Two runs side by side, case by case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import by_number
from service.evaluation.metrics.statistics import (
    Estimate,
    mcnemar,
    paired_difference,
    question_losses,
)
from service.evaluation.metrics.verdict_metrics import macro_f1_difference
from service.evaluation.runs.run import Given, Line, Run
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["Comparison", "Flip", "QuestionChange", "compare"]


class Flip(Frozen):
    """A case that the two runs give different verdicts; the case carries the new run's labels."""

    case: Case
    base: Given
    new: Given

    @property
    def was_lost(self) -> bool:
        return self.base.verdict is self.case.verdict

    @property
    def was_won(self) -> bool:
        return self.new.verdict is self.case.verdict


class QuestionChange(Frozen):
    """One question: cases, those newly wrong, newly right and newly ungraded.

    `p_value` is the chance of so great a net loss, `ungraded_p_value` of so many newly ungraded:
    one-sided, and corrected for looking at every question.
    """

    n: int
    lost: int
    won: int
    ungraded: int
    p_value: float
    ungraded_p_value: float

    @property
    def net_loss(self) -> int:
        return self.lost - self.won


class Comparison(Frozen):
    """New minus base over the cases that both graded; both are held to the new run's labels.

    `differences` says how the keys of the runs differ; `unpaired` names cases that only one run
    graded, or whose answer changed; `newly_ungraded` those that only the base run graded;
    `relabelled` those whose expected verdict changed. `p_value` is McNemar's exact one.
    """

    base: str
    new: str
    differences: tuple[str, ...]
    paired: int
    unpaired: tuple[str, ...]
    newly_ungraded: tuple[str, ...]
    relabelled: tuple[str, ...]
    accuracy: Estimate
    macro_f1: Estimate
    lost: int
    won: int
    p_value: float
    questions: dict[str, QuestionChange]
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class _Pair:
    """One case in both runs: its first repeat, and the share of its repeats that were right."""

    case: Case
    base: Given
    new: Given
    base_right: float
    new_right: float

    @property
    def change(self) -> int:
        """1 newly right, -1 newly wrong, 0 neither, judged by the first repeat."""
        expected = self.case.verdict
        return (self.new.verdict is expected) - (self.base.verdict is expected)


def compare(base: Run, new: Run) -> Comparison:
    """The comparison of two runs; ConfigurationError where they have no graded case in common."""
    before, after = _by_case(base.plain), _by_case(new.plain)
    pairs = list(_pairs(before, after))
    if not pairs:
        raise ConfigurationError(f"{base.name} and {new.name} have no graded case in common")
    paired = {pair.case.id for pair in pairs}
    changes = [pair.change for pair in pairs]
    dropped = list(_newly_ungraded(before, after))
    lost, won = changes.count(-1), changes.count(1)
    return Comparison(
        base=base.name,
        new=new.name,
        differences=tuple(base.config.key.differences(new.config.key)),
        paired=len(pairs),
        unpaired=tuple(sorted((before.keys() | after.keys()) - paired)),
        newly_ungraded=tuple(case.id for case in dropped),
        relabelled=tuple(
            sorted(i for i in paired if before[i][0].case.verdict is not after[i][0].case.verdict)
        ),
        accuracy=paired_difference(
            np.array([pair.base_right for pair in pairs]),
            np.array([pair.new_right for pair in pairs]),
        ),
        macro_f1=macro_f1_difference(
            [pair.case.verdict for pair in pairs],
            [pair.base.verdict for pair in pairs],
            [pair.new.verdict for pair in pairs],
        ),
        lost=lost,
        won=won,
        p_value=mcnemar(lost, won),
        questions=_by_question(pairs, dropped),
        flips=tuple(
            Flip(case=pair.case, base=pair.base, new=pair.new)
            for pair in pairs
            if pair.base.verdict is not pair.new.verdict
        ),
    )


def _by_case(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Every case's lines, first repeat first."""
    cases: dict[str, list[Line]] = {}
    for line in sorted(lines, key=lambda line: line.repeat):
        cases.setdefault(line.case.id, []).append(line)
    return cases


def _pairs(before: Mapping[str, list[Line]], after: Mapping[str, list[Line]]) -> Iterator[_Pair]:
    for case_id, lines in after.items():
        earlier = [line for line in before.get(case_id, ()) if line.given]
        later = [line for line in lines if line.given]
        if not earlier or not later:
            continue
        case, old = later[0].case, earlier[0].case
        if (case.question_id, case.answer) != (old.question_id, old.answer):
            continue
        yield _pair(case, earlier, later)


def _pair(case: Case, earlier: Sequence[Line], later: Sequence[Line]) -> _Pair:
    base = [line.given for line in earlier if line.given]
    new = [line.given for line in later if line.given]
    return _Pair(case, base[0], new[0], _share(base, case.verdict), _share(new, case.verdict))


def _share(given: Sequence[Given], expected: Verdict) -> float:
    return fmean(one.verdict is expected for one in given)


def _newly_ungraded(
    before: Mapping[str, list[Line]], after: Mapping[str, list[Line]]
) -> Iterator[Case]:
    for case_id, lines in after.items():
        was_graded = any(line.given for line in before.get(case_id, ()))
        if was_graded and not any(line.given for line in lines):
            yield lines[0].case


def _by_question(pairs: Sequence[_Pair], dropped: Sequence[Case]) -> dict[str, QuestionChange]:
    """Every question's changes, by playbook and number."""
    cases = [*(pair.case.question_id for pair in pairs), *(case.question_id for case in dropped)]
    changes = [*(pair.change for pair in pairs), *(0 for _ in dropped)]
    ungraded = [*(0 for _ in pairs), *(-1 for _ in dropped)]
    losses, drops = question_losses(cases, changes), question_losses(cases, ungraded)
    found = {}
    for name in sorted(losses, key=by_number):
        own = [change for question, change in zip(cases, changes, strict=True) if question == name]
        found[name] = QuestionChange(
            n=len(own),
            lost=own.count(-1),
            won=own.count(1),
            ungraded=sum(case.question_id == name for case in dropped),
            p_value=losses[name],
            ungraded_p_value=drops[name],
        )
    return found
