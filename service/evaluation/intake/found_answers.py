"""Measure the answers found and graded in labelled sources, with intervals."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from service.evaluation.intake.labelled_sources import GoldSource
from service.evaluation.metrics.figure import Figure, make_figure
from service.evaluation.metrics.statistics import (
    Array,
    Estimate,
    draw_resamples,
    estimate_from_draws,
)
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["FoundAnswer", "IntakeAgreement", "IntakeFigures", "SourceResult", "measure_intake"]


class FoundAnswer(Frozen):
    """A question with the lines found as its answer; the verdict is None if it is ungraded."""

    question_id: str
    lines: tuple[int, ...]
    verdict: Verdict | None


class SourceResult(Frozen):
    """One source with its labels, the answers found in it, and their verdicts.

    `found` has the answers and verdicts from end to end. `given` has the verdict of each labelled
    question if the judge gets the labelled lines instead of those found.
    """

    gold: GoldSource
    found: tuple[FoundAnswer, ...]
    given: Mapping[str, Verdict | None]

    @property
    def missed(self) -> list[str]:
        """The labelled questions of which no line was found."""
        return [a.question_id for a in self.gold.answers if a.question_id not in self._hits]

    @property
    def added(self) -> list[str]:
        """The questions that were found only on lines that are not theirs."""
        return [a.question_id for a in self.found if a.question_id not in self._hits]

    @property
    def line_f1(self) -> float:
        """F1 over pairs of question and line; 1 if there was nothing to find and nothing found."""
        right, found, gold = self.line_counts
        return 2 * right / (found + gold) if found + gold else 1.0

    @property
    def line_counts(self) -> tuple[int, int, int]:
        """The numbers of pairs of question and line that are rightly found, found, and labelled."""
        gold = {(a.question_id, line) for a in self.gold.answers for line in a.lines}
        found = {(a.question_id, line) for a in self.found for line in a.lines}
        return len(gold & found), len(found), len(gold)

    @property
    def question_counts(self) -> tuple[int, int, int]:
        """The numbers of questions that are rightly found, found, and labelled."""
        return len(self._hits), len(self.found), len(self.gold.answers)

    @property
    def verdict_counts(self) -> tuple[int, int, int]:
        """The numbers of labelled answers that are right in three ways.

        They are right from end to end, found with the right verdict, or right on the labelled
        lines. A labelled `unanswered` that was not found is right from end to end, because the
        question stays open either way.
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
        """The number of found questions without a verdict."""
        return sum(answer.verdict is None for answer in self.found)

    @property
    def _hits(self) -> set[str]:
        found = {answer.question_id: set(answer.lines) for answer in self.found}
        return {
            answer.question_id
            for answer in self.gold.answers
            if found.get(answer.question_id, set()) & set(answer.lines)
        }


class IntakeAgreement(Frozen):
    """The agreement of the found answers with the labels."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


class IntakeFigures(Frozen):
    """Figures of some sources, each with the 95 % interval of a bootstrap over sources.

    `lines` is over pairs of question and line, `questions` over questions, which are found if one
    of their labelled lines is. `verdicts` is the share of labelled answers that are right from end
    to end, `verdicts_of_found` that of the answers that were found, `verdicts_given_lines` that of
    all answers if the judge gets the labelled lines.
    """

    sources: int
    answers: int
    ungraded: int
    lines: IntakeAgreement
    questions: IntakeAgreement
    verdicts: Estimate
    verdicts_of_found: Estimate
    verdicts_given_lines: Estimate

    def list_figures(self) -> Iterator[Figure]:
        """Yield the figures in the order in which tables show them."""
        count = str(self.answers)
        yield _make_figure("answers", "labelled answers", self.answers, text=count)
        for name, agreement in (("lines", self.lines), ("questions", self.questions)):
            yield _make_figure(f"{name}_f1", f"{name} F1", agreement.f1)
            yield _make_figure(f"{name}_precision", f"{name} precision", agreement.precision)
            yield _make_figure(f"{name}_recall", f"{name} recall", agreement.recall)
        yield _make_figure("verdicts", "right end to end", self.verdicts)
        yield _make_figure("verdicts_of_found", "right of those found", self.verdicts_of_found)
        yield _make_figure(
            "verdicts_given_lines", "right given the lines", self.verdicts_given_lines
        )
        yield _make_figure("ungraded", "ungraded", self.ungraded, text=str(self.ungraded))


def measure_intake(results: Sequence[SourceResult]) -> IntakeFigures:
    """Measure the results of at least one source."""
    draws = np.vstack([np.ones(len(results)), draw_resamples(len(results))])
    lines = draws @ np.array([result.line_counts for result in results])
    questions = draws @ np.array([result.question_counts for result in results])
    verdicts = draws @ np.array([result.verdict_counts for result in results])
    right, _, answers = questions.T
    n = len(results)
    return IntakeFigures(
        sources=n,
        answers=int(answers[0]),
        ungraded=sum(result.ungraded for result in results),
        lines=_estimate_agreement(lines, n),
        questions=_estimate_agreement(questions, n),
        verdicts=_estimate_ratio(verdicts[:, 0], answers, n),
        verdicts_of_found=_estimate_ratio(verdicts[:, 1], right, n),
        verdicts_given_lines=_estimate_ratio(verdicts[:, 2], answers, n),
    )


def _make_figure(
    name: str, label: str, measured: Estimate | float, *, text: str | None = None
) -> Figure:
    return make_figure(
        name,
        label,
        measured,
        text=text,
        blame="a report lists for each source what went wrong in it",
        is_headline=True,
    )


def _estimate_agreement(counts: Array, n: int) -> IntakeAgreement:
    right, found, gold = counts.T
    return IntakeAgreement(
        precision=_estimate_ratio(right, found, n),
        recall=_estimate_ratio(right, gold, n),
        f1=_estimate_ratio(2 * right, found + gold, n),
    )


def _estimate_ratio(part: Array, whole: Array, n: int) -> Estimate:
    """Estimate a ratio from a first row, of the sources as they are, and a row for each draw.

    A ratio to 0 is 0.
    """
    shares = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return estimate_from_draws(shares[0], shares[1:], n)
