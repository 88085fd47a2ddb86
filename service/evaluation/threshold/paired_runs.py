"""Pair two finished runs over the same cases, one of each judge of a cascade."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.cases.case_result import CaseResult
from service.evaluation.runs.run import Run
from service.judging.models import Answer
from service.settings import JudgeName

__all__ = ["CasePair", "check_run", "pair_runs"]


@dataclass(frozen=True)
class CasePair:
    """One case: the embedded judge's first result, and every repeat of the LLM's."""

    case: Case
    embedded: CaseResult
    llm: tuple[CaseResult, ...]

    @property
    def is_letterless(self) -> bool:
        """True if the answer has neither letters nor digits, so that no judge is asked."""
        return Answer.of(self.case.answer).is_letterless


def pair_runs(embedded: Run, llm: Run | None) -> list[CasePair]:
    """Pair each case's results of both runs; without a run of the LLM, its results are empty.

    Raises ConfigurationError if a run is another judge's or unfinished, if the LLM graded nothing,
    or if the runs are not over the same cases with the same labels.
    """
    if llm and (embedded.config.key.judge, llm.config.key.judge) == ("llm", "embedded"):
        raise ConfigurationError(
            f"{embedded.name} is the LLM's run and {llm.name} the embedded judge's; "
            "name the embedded judge's first"
        )
    check_run(embedded, "embedded")
    first = _group_by_case(embedded)
    if llm is None:
        return [CasePair(results[0].case, results[0], ()) for results in first.values()]
    check_run(llm, "llm")
    second = _group_by_case(llm)
    faults = list(_find_differences(embedded, llm, first, second))
    if faults:
        raise ConfigurationError(
            f"{embedded.name} and {llm.name} are not runs over the same cases: "
            f"{'; '.join(faults)}. Run both judges on the same split of one golden set"
        )
    return [
        CasePair(results[0].case, results[0], tuple(second[case_id]))
        for case_id, results in first.items()
    ]


def check_run(run: Run, judge: JudgeName) -> None:
    """Raise ConfigurationError unless this is a finished run of this judge that graded a case."""
    if run.config.key.judge != judge:
        raise ConfigurationError(
            f"{run.name} is a run of the {run.config.key.judge} judge, and one of the {judge} "
            f"judge is needed here; `probewise eval run --judge {judge}` makes one"
        )
    if run.missing > 0:
        raise ConfigurationError(
            f"{run.name} is unfinished: {run.missing} of {run.config.planned} planned answers are "
            f"missing; the same `probewise eval run` with -o and its folder goes on"
        )
    if not any(result.given for result in run.unchanged):
        raise ConfigurationError(f"{run.name} graded no case, so it tells nothing; run it again")


def _group_by_case(run: Run) -> dict[str, list[CaseResult]]:
    """Map each case id to its results: cases by id, first repeat first."""
    cases: dict[str, list[CaseResult]] = {}
    for result in sorted(run.unchanged, key=lambda result: (result.case.id, result.repeat)):
        cases.setdefault(result.case.id, []).append(result)
    return cases


def _find_differences(
    embedded: Run, llm: Run, first: dict[str, list[CaseResult]], second: dict[str, list[CaseResult]]
) -> Iterator[str]:
    both = first.keys() & second.keys()
    if not both:
        yield "they have none in common"
        return
    for run, alone in ((embedded, first.keys() - both), (llm, second.keys() - both)):
        if alone:
            yield f"only {run.name} has {_name_some(alone)}"
    changed = {
        name for name in both if _take_content(first[name][0]) != _take_content(second[name][0])
    }
    if changed:
        yield f"question, answer or expected verdict differ in {_name_some(changed)}"


def _take_content(result: CaseResult) -> tuple[str, str, str]:
    return result.case.question_id, result.case.answer, result.case.verdict


def _name_some(case_ids: set[str]) -> str:
    names = sorted(case_ids)
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
