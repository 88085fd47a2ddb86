"""Compare two runs case by case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult, GivenGrade
from service.evaluation.cases.golden import split_question_id
from service.evaluation.metrics.statistics import (
    Estimate,
    compute_mcnemar,
    compute_question_losses,
    estimate_difference,
)
from service.evaluation.metrics.verdict_metrics import estimate_macro_f1_difference
from service.evaluation.runs.case_changes import CaseChanges, find_case_changes
from service.evaluation.runs.run import Run
from service.evaluation.runs.unread_prompts import describe_prompt_edit
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["Comparison", "Flip", "QuestionChange", "compare_runs", "have_common_cases"]

_GOLDEN = "golden_digest: "


class Flip(Frozen):
    """A case with different verdicts in the two runs; the case has the new run's labels."""

    case: Case
    base: GivenGrade
    new: GivenGrade

    @property
    def was_lost(self) -> bool:
        """True if the case is newly wrong."""
        return self.base.verdict is self.case.verdict

    @property
    def was_won(self) -> bool:
        """True if the case is newly right."""
        return self.new.verdict is self.case.verdict


class QuestionChange(Frozen):
    """One question: how many cases it has, and how many are newly wrong, right and ungraded.

    `p_value` is the chance of so great a net loss, `ungraded_p_value` that of so many newly
    ungraded. Both are one-sided, and corrected for looking at every question.
    """

    n: int
    lost: int
    won: int
    ungraded: int
    p_value: float
    ungraded_p_value: float

    @property
    def net_loss(self) -> int:
        """Newly wrong cases minus newly right ones."""
        return self.lost - self.won


class Comparison(Frozen):
    """New run minus base run over the cases that both graded, by the new run's labels.

    `differences` lists how the keys of the runs differ, `cases` how their golden cases do, and
    `reworded` the questions whose wording differs. `unpaired` names the cases that only one
    run graded, or whose answer changed; `newly_ungraded` those that only the base run graded;
    `relabelled` those whose expected verdict changed. `p_value` is McNemar's exact one.
    """

    base: str
    new: str
    differences: tuple[str, ...]
    cases: CaseChanges
    reworded: tuple[str, ...]
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
    """One case in both runs: the grade of its first repeat, and the share of right repeats."""

    case: Case
    base: GivenGrade
    new: GivenGrade
    base_right: float
    new_right: float

    @property
    def change(self) -> int:
        """1 if the first repeat is newly right, -1 if it is newly wrong, else 0."""
        expected = self.case.verdict
        return (self.new.verdict is expected) - (self.base.verdict is expected)


def have_common_cases(base: Run, new: Run) -> bool:
    """Return True if both runs graded a case with the same question and answer."""
    pairs = _pair_cases(_group_by_case(base.unchanged), _group_by_case(new.unchanged))
    return next(pairs, None) is not None


def compare_runs(base: Run, new: Run) -> Comparison:
    """Compare two runs; ConfigurationError if they have no graded case in common."""
    before, after = _group_by_case(base.unchanged), _group_by_case(new.unchanged)
    pairs = list(_pair_cases(before, after))
    if not pairs:
        raise ConfigurationError(f"{base.name} and {new.name} have no graded case in common")
    paired = {pair.case.id for pair in pairs}
    # McNemar's test counts each case once, so it takes first repeats. The difference in accuracy
    # takes the mean of the repeats, which is the better estimate.
    changes = [pair.change for pair in pairs]
    dropped = list(_find_newly_ungraded(before, after))
    lost, won = changes.count(-1), changes.count(1)
    cases = find_case_changes(*(_map_cases(results) for results in (before, after)))
    return Comparison(
        base=base.name,
        new=new.name,
        differences=tuple(_list_differences(base, new, cases)),
        cases=cases,
        reworded=tuple(base.config.key.list_reworded(new.config.key)),
        paired=len(pairs),
        unpaired=tuple(sorted((before.keys() | after.keys()) - paired)),
        newly_ungraded=tuple(case.id for case in dropped),
        relabelled=tuple(
            sorted(i for i in paired if before[i][0].case.verdict is not after[i][0].case.verdict)
        ),
        accuracy=estimate_difference(
            np.array([pair.base_right for pair in pairs]),
            np.array([pair.new_right for pair in pairs]),
        ),
        macro_f1=estimate_macro_f1_difference(
            [pair.case.verdict for pair in pairs],
            [pair.base.verdict for pair in pairs],
            [pair.new.verdict for pair in pairs],
        ),
        lost=lost,
        won=won,
        p_value=compute_mcnemar(lost, won),
        questions=_compare_questions(pairs, dropped),
        flips=tuple(
            Flip(case=pair.case, base=pair.base, new=pair.new)
            for pair in pairs
            if pair.base.verdict is not pair.new.verdict
        ),
    )


def _list_differences(base: Run, new: Run, cases: CaseChanges) -> Iterator[str]:
    """Yield how the keys differ; golden cases are named, because their digest tells nobody which.

    Runs can also differ in a prompt that neither read: no figure shows what that change does.
    """
    for difference in base.config.key.list_differences(new.config.key):
        yield (cases.describe() or difference if difference.startswith(_GOLDEN) else difference)
    edit = describe_prompt_edit(base.config.unread_prompts, new.config.unread_prompts)
    if edit:
        yield edit


def _map_cases(results: Mapping[str, Sequence[CaseResult]]) -> dict[str, Case]:
    return {name: own[0].case for name, own in results.items()}


def _group_by_case(results: Sequence[CaseResult]) -> dict[str, list[CaseResult]]:
    """Map each case id to its results, first repeat first."""
    cases: dict[str, list[CaseResult]] = {}
    for result in sorted(results, key=lambda result: result.repeat):
        cases.setdefault(result.case.id, []).append(result)
    return cases


def _pair_cases(
    before: Mapping[str, list[CaseResult]], after: Mapping[str, list[CaseResult]]
) -> Iterator[_Pair]:
    """Yield the cases that both runs graded with the same question and answer."""
    for case_id, results in after.items():
        earlier = [result for result in before.get(case_id, ()) if result.given]
        later = [result for result in results if result.given]
        if not earlier or not later:
            continue
        case, old = later[0].case, earlier[0].case
        if (case.question_id, case.answer) == (old.question_id, old.answer):
            yield _make_pair(case, earlier, later)


def _make_pair(case: Case, earlier: Sequence[CaseResult], later: Sequence[CaseResult]) -> _Pair:
    base = [result.given for result in earlier if result.given]
    new = [result.given for result in later if result.given]
    return _Pair(
        case,
        base[0],
        new[0],
        _compute_right_share(base, case.verdict),
        _compute_right_share(new, case.verdict),
    )


def _compute_right_share(given: Sequence[GivenGrade], expected: Verdict) -> float:
    return fmean(one.verdict is expected for one in given)


def _find_newly_ungraded(
    before: Mapping[str, list[CaseResult]], after: Mapping[str, list[CaseResult]]
) -> Iterator[Case]:
    for case_id, results in after.items():
        was_graded = any(result.given for result in before.get(case_id, ()))
        if was_graded and not any(result.given for result in results):
            yield results[0].case


def _compare_questions(
    pairs: Sequence[_Pair], dropped: Sequence[Case]
) -> dict[str, QuestionChange]:
    """Compare each question, in the order of playbook and number."""
    cases = [*(pair.case.question_id for pair in pairs), *(case.question_id for case in dropped)]
    changes = [*(pair.change for pair in pairs), *(0 for _ in dropped)]
    ungraded = [*(0 for _ in pairs), *(-1 for _ in dropped)]
    losses, drops = (
        compute_question_losses(cases, changes),
        compute_question_losses(cases, ungraded),
    )
    found = {}
    for name in sorted(losses, key=split_question_id):
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
