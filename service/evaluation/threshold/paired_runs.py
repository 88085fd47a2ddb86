"""Two finished runs over the same cases, one by each judge of a cascade."""

from collections.abc import Iterator
from dataclasses import dataclass

from service.errors import ConfigurationError
from service.evaluation.cases.case import Case
from service.evaluation.runs.run import Line, Run
from service.judging.models import Answer
from service.settings import JudgeName

__all__ = ["CasePair", "check_run", "pair_runs"]


@dataclass(frozen=True)
class CasePair:
    """One case: the embedded judge's first line, and every repeat that the LLM graded."""

    case: Case
    embedded: Line
    llm: tuple[Line, ...]

    @property
    def is_letterless(self) -> bool:
        """Whether the pre-check grades it, so that no judge is asked."""
        return Answer.of(self.case.answer).is_letterless


def pair_runs(embedded: Run, llm: Run | None) -> list[CasePair]:
    """Every case with its lines of both runs, none of the LLM's where there is no such run.

    Raises ConfigurationError where a run is another judge's or unfinished, where the LLM graded
    nothing, or where the runs are not over the same cases with the same labels.
    """
    if llm and (embedded.config.key.judge, llm.config.key.judge) == ("llm", "embedded"):
        raise ConfigurationError(
            f"{embedded.name} is the LLM's run and {llm.name} the embedded judge's; "
            "name the embedded judge's first"
        )
    check_run(embedded, "embedded")
    first = _by_case(embedded)
    if llm is None:
        return [CasePair(lines[0].case, lines[0], ()) for lines in first.values()]
    check_run(llm, "llm")
    second = _by_case(llm)
    faults = list(_differences(embedded, llm, first, second))
    if faults:
        raise ConfigurationError(
            f"{embedded.name} and {llm.name} are not runs over the same cases: "
            f"{'; '.join(faults)}. Run both judges on the same split of one golden set"
        )
    return [
        CasePair(lines[0].case, lines[0], tuple(second[case_id]))
        for case_id, lines in first.items()
    ]


def check_run(run: Run, judge: JudgeName) -> None:
    """ConfigurationError where a run is not a finished one of this judge that graded a case."""
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
    if not any(line.given for line in run.plain):
        raise ConfigurationError(f"{run.name} graded no case, so it tells nothing; run it again")


def _by_case(run: Run) -> dict[str, list[Line]]:
    """Every case's lines, cases by id, first repeat first."""
    cases: dict[str, list[Line]] = {}
    for line in sorted(run.plain, key=lambda line: (line.case.id, line.repeat)):
        cases.setdefault(line.case.id, []).append(line)
    return cases


def _differences(
    embedded: Run, llm: Run, first: dict[str, list[Line]], second: dict[str, list[Line]]
) -> Iterator[str]:
    both = first.keys() & second.keys()
    if not both:
        yield "they have none in common"
        return
    for run, alone in ((embedded, first.keys() - both), (llm, second.keys() - both)):
        if alone:
            yield f"only {run.name} has {_named(alone)}"
    changed = {name for name in both if _content(first[name][0]) != _content(second[name][0])}
    if changed:
        yield f"question, answer or expected verdict differ in {_named(changed)}"


def _content(line: Line) -> tuple[str, str, str]:
    return line.case.question_id, line.case.answer, line.case.verdict


def _named(case_ids: set[str]) -> str:
    names = sorted(case_ids)
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
