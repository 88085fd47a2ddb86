"""Small labelled sources, and what could become of them."""

from collections.abc import Mapping

from service.evaluation.intake.found_answers import FoundAnswer, SourceResult
from service.evaluation.intake.labelled_sources import GoldAnswer, GoldSource
from service.judging.models import Verdict

__all__ = ["a_gold", "a_result"]

GOOD, WEAK, UNANSWERED = Verdict.GOOD, Verdict.WEAK, Verdict.UNANSWERED


def a_gold(answers: Mapping[str, tuple[int, ...]], verdict: Verdict = GOOD) -> GoldSource:
    """Notes in which these lines answer these questions."""
    return GoldSource(
        id="notes-01",
        kind="notes",
        split="test",
        about="a kitchen",
        playbook="cooking",
        answers=tuple(
            GoldAnswer(question_id=name, lines=lines, verdict=verdict, why="because")
            for name, lines in answers.items()
        ),
    )


def a_result(
    gold: GoldSource,
    found: Mapping[str, tuple[int, ...]],
    verdict: Verdict | None = GOOD,
    *,
    given: Verdict | None = GOOD,
) -> SourceResult:
    """These lines were taken for answers, all graded alike."""
    return SourceResult(
        gold=gold,
        found=tuple(
            FoundAnswer(question_id=name, lines=lines, verdict=verdict)
            for name, lines in found.items()
        ),
        given={answer.question_id: given for answer in gold.answers},
    )
