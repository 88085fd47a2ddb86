"""What a run gets newly wrong, question by question: the first thing to know of a red build."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.evaluation.cases.case import Case
from service.evaluation.cases.golden import name_some, split_question_id
from service.evaluation.reports.report import RunReport
from service.evaluation.runs.comparison import Comparison
from service.judging.models import Verdict

__all__ = ["QuestionNews", "describe_news", "find_news", "head_news"]

_MOST_QUESTIONS = 20


@dataclass
class QuestionNews:
    """A question with what the baseline does not have wrong.

    `wrong` and `ungraded` name cases that the baseline has right, or graded; `new` names wrong
    cases that the baseline does not have, or has with another answer. Each name comes with the
    expected and the given verdict, where there is one.
    """

    question_id: str
    is_reworded: bool
    wrong: list[str] = field(default_factory=list)
    ungraded: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """The number of cases that are newly wrong or ungraded, new ones included."""
        return len(self.wrong) + len(self.ungraded) + len(self.new)

    def describe(self) -> str:
        """Write `cooking.1 (reworded): 1 newly wrong (c-1 good → weak)`."""
        parts = (
            (self.wrong, "newly wrong"),
            (self.new, "wrong and not in the baseline"),
            (self.ungraded, "newly ungraded"),
        )
        said = "; ".join(f"{len(own)} {what} ({name_some(own)})" for own, what in parts if own)
        return f"{self.question_id}{' (reworded)' if self.is_reworded else ''}: {said}"


def find_news(report: RunReport) -> list[QuestionNews]:
    """List the questions with something newly wrong, the worst first; none without a baseline."""
    comparison = report.comparison
    if comparison is None:
        return []
    found: dict[str, QuestionNews] = {}

    def of(case: Case) -> QuestionNews:
        name = case.question_id
        return found.setdefault(name, QuestionNews(name, name in comparison.reworded))

    for flip in report.flips:
        if flip.was_lost:
            of(flip.case).wrong.append(_name(flip.case, flip.new.verdict))
    for case, given in _find_new_faults(report, comparison):
        of(case).new.append(_name(case, given))
    dropped = set(comparison.newly_ungraded)
    for case in {result.case.id: result.case for result in report.run.unchanged}.values():
        if case.id in dropped:
            of(case).ungraded.append(case.id)
    return sorted(
        found.values(), key=lambda news: (-news.count, split_question_id(news.question_id))
    )


def head_news(news: Sequence[QuestionNews], comparison: Comparison) -> str:
    """Write the line above the questions: how many cases, and against which run."""
    cases, questions = sum(one.count for one in news), len(news)
    return (
        f"newly wrong against {comparison.base}: {cases} case{'s' * (cases != 1)} of "
        f"{questions} question{'s' * (questions != 1)} (expected → given)"
    )


def describe_news(news: Sequence[QuestionNews]) -> Iterator[str]:
    """Yield a line for each question, and a count of those left out."""
    yield from (one.describe() for one in news[:_MOST_QUESTIONS])
    if len(news) > _MOST_QUESTIONS:
        yield f"and {len(news) - _MOST_QUESTIONS} more questions"


def _find_new_faults(report: RunReport, comparison: Comparison) -> Iterator[tuple[Case, Verdict]]:
    """Yield the wrong cases that the baseline has not graded with this answer."""
    # By first repeats, as the comparison goes.
    unpaired, seen = set(comparison.unpaired), set[str]()
    for result in sorted(report.run.unchanged, key=lambda result: result.repeat):
        if result.given and result.case.id in unpaired and result.case.id not in seen:
            seen.add(result.case.id)
            if not result.is_right:
                yield result.case, result.given.verdict


def _name(case: Case, given: Verdict) -> str:
    return f"{case.id} {case.verdict} → {given}"
