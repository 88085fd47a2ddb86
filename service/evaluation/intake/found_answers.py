"""From what was found and graded in labelled sources to figures with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np

from service.evaluation.intake.labelled_sources import GoldSource
from service.evaluation.metrics.statistics import (
    Array,
    Estimate,
    percentile_estimate,
    resample_counts,
)
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["Agreement", "FoundAnswer", "IntakeFigures", "SourceResult", "measure_intake"]


class FoundAnswer(Frozen):
    """A question with the lines that were taken for its answer; no verdict where ungraded."""

    question_id: str
    lines: tuple[int, ...]
    verdict: Verdict | None


class SourceResult(Frozen):
    """What became of one source, beside its labels.

    `found` is end to end; `given` are the verdicts when the labelled lines are handed to the judge.
    """

    gold: GoldSource
    found: tuple[FoundAnswer, ...]
    given: Mapping[str, Verdict | None]

    @property
    def missed(self) -> list[str]:
        """Labelled questions of which no line was found."""
        return [a.question_id for a in self.gold.answers if a.question_id not in self._hits]

    @property
    def added(self) -> list[str]:
        """Questions that were found where no labelled line of theirs is."""
        return [a.question_id for a in self.found if a.question_id not in self._hits]

    @property
    def line_f1(self) -> float:
        """F1 over pairs of question and line; 1 where there is nothing to find, and nothing was."""
        right, found, gold = self.line_counts
        return 2 * right / (found + gold) if found + gold else 1.0

    @property
    def line_counts(self) -> tuple[int, int, int]:
        """Pairs of question and line: rightly found, found, labelled."""
        gold = {(a.question_id, line) for a in self.gold.answers for line in a.lines}
        found = {(a.question_id, line) for a in self.found for line in a.lines}
        return len(gold & found), len(found), len(gold)

    @property
    def question_counts(self) -> tuple[int, int, int]:
        """Questions: rightly found, found, labelled."""
        return len(self._hits), len(self.found), len(self.gold.answers)

    @property
    def verdict_counts(self) -> tuple[int, int, int]:
        """Labelled answers: right end to end, found with the right verdict, right on their lines.

        A labelled `unanswered` that was not found is right end to end: the question stays open
        either way.
        """
        gold = {answer.question_id: answer.verdict for answer in self.gold.answers}
        found = {a.question_id: a.verdict for a in self.found if a.question_id in self._hits}
        of_found = sum(gold[name] is verdict for name, verdict in found.items())
        open_either_way = sum(gold[name] is Verdict.UNANSWERED for name in self.missed)
        return (
            of_found + open_either_way,
            of_found,
            sum(self.given[name] is verdict for name, verdict in gold.items()),
        )

    @property
    def ungraded(self) -> int:
        """Found questions without a verdict."""
        return sum(answer.verdict is None for answer in self.found)

    @property
    def _hits(self) -> set[str]:
        found = {answer.question_id: set(answer.lines) for answer in self.found}
        return {
            answer.question_id
            for answer in self.gold.answers
            if found.get(answer.question_id, set()) & set(answer.lines)
        }


class Agreement(Frozen):
    """How well what was found meets the labels."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


class IntakeFigures(Frozen):
    """Figures of some sources, each with the 95 % interval of a bootstrap over sources.

    `lines` counts pairs of question and line, `questions` those of which a labelled line was found.
    `verdicts` is the share of labelled answers that are right end to end, `verdicts_of_found` of
    those that were found, `verdicts_given_lines` when the judge gets the labelled lines.
    """

    sources: int
    answers: int
    ungraded: int
    lines: Agreement
    questions: Agreement
    verdicts: Estimate
    verdicts_of_found: Estimate
    verdicts_given_lines: Estimate


def measure_intake(results: Sequence[SourceResult]) -> IntakeFigures:
    """The figures of at least one source with an answer, of which something was found."""
    draws = np.vstack([np.ones(len(results)), resample_counts(len(results))])
    lines = draws @ np.array([result.line_counts for result in results])
    questions = draws @ np.array([result.question_counts for result in results])
    verdicts = draws @ np.array([result.verdict_counts for result in results])
    right, _, answers = questions.T
    n = len(results)
    return IntakeFigures(
        sources=n,
        answers=int(answers[0]),
        ungraded=sum(result.ungraded for result in results),
        lines=_agreement(lines, n),
        questions=_agreement(questions, n),
        verdicts=_ratio(verdicts[:, 0], answers, n),
        verdicts_of_found=_ratio(verdicts[:, 1], right, n),
        verdicts_given_lines=_ratio(verdicts[:, 2], answers, n),
    )


def _agreement(counts: Array, n: int) -> Agreement:
    right, found, gold = counts.T
    return Agreement(
        precision=_ratio(right, found, n),
        recall=_ratio(right, gold, n),
        f1=_ratio(2 * right, found + gold, n),
    )


def _ratio(part: Array, whole: Array, n: int) -> Estimate:
    """Of the sources as they are, which come first, and of each draw; 0 of nothing."""
    shares = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return percentile_estimate(shares[0], shares[1:], n)
