"""Grading what a run plans: many at a time, each line written as it comes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.errors import ProbewiseError
from service.evaluation.cases.case import Case, CaseError
from service.evaluation.cases.golden import Selection
from service.evaluation.robustness.changed_cases import Suite, changed
from service.evaluation.runs.run import Given, Line, LineId
from service.judging.batch import BatchAnswer, BatchResult, grade_batch
from service.judging.models import Answer, Grade, Judge, Ungraded, Verdict
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question

__all__ = ["Item", "gradable", "grade_items", "plan"]


@dataclass(frozen=True)
class Item:
    """One grading to do."""

    case: Case
    question: Question
    repeat: int = 0
    change: str | None = None
    wants: Verdict | None = None

    @property
    def id(self) -> LineId:
        return self.case.id, self.repeat, self.change


def plan(
    cases: Iterable[Case], catalogue: Catalogue, selection: Selection, suite: Suite | None = None
) -> Iterator[Item]:
    """Each case as often as the selection says, then its changed answers.

    Raises CaseError for a case whose question no playbook has or whose answer can't be graded.
    """
    for case in cases:
        question = gradable(case, catalogue)
        yield from (Item(case, question, repeat) for repeat in range(selection.repeat))
        if suite is not None and selection.changes:
            for change in changed(
                case, question, suite, per_kind=selection.changes, seed=selection.seed
            ):
                yield Item(change.case, question, 0, change.name, change.wants)


def gradable(case: Case, catalogue: Catalogue) -> Question:
    """The case's question; CaseError where a run could not grade it."""
    try:
        Answer.of(case.answer)
        return catalogue.question(case.question_id)
    except ProbewiseError as error:
        raise CaseError(f"case {case.id}: {error}") from error


async def grade_items(
    items: Sequence[Item],
    judge: Judge,
    *,
    concurrency: int,
    done: Callable[[Line], None],
    finished: Collection[LineId] = (),
) -> None:
    """Grade the items whose ids aren't finished; `done` gets each line as it comes."""
    requests = (
        BatchAnswer(number, item.question, Answer.of(item.case.answer))
        for number, item in enumerate(items)
        if item.id not in finished
    )

    def write(outcome: BatchResult) -> None:
        item, result = items[int(outcome.id)], outcome.result
        done(
            Line(
                case=item.case,
                repeat=item.repeat,
                change=item.change,
                wants=item.wants,
                given=Given.of(result) if isinstance(result, Grade) else None,
                ungraded=result if isinstance(result, Ungraded) else None,
            )
        )

    await grade_batch(requests, judge, concurrency=concurrency, done=write)
