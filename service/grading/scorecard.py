"""A scorecard: every question of a page of notes or a call, graded or not found."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Annotated

from pydantic import Field

from service.assignment.passages import Passage, Place
from service.grading.passage_grader import Found, GradedPassage, Intake, grade_all
from service.judging.models import Verdict
from service.records import Frozen
from service.transcripts.turns import Skipped, Transcript

__all__ = ["AUTO", "Scorecard", "Tally", "playbook_of", "score"]

AUTO = "auto"  # in place of a playbook's id: any of them


class Tally(Frozen):
    """How many questions were looked for, and what became of those that were found."""

    questions: Annotated[int, Field(description="Found and not found together.")]
    graded: int
    ungraded: int
    verdicts: Mapping[Verdict, int]


class Scorecard(Frozen):
    """All that became of one page of notes or one call."""

    playbook: Annotated[str, Field(description="What was asked for: a playbook's id, or `auto`.")]
    tally: Tally
    results: Annotated[
        tuple[GradedPassage, ...],
        Field(description="The questions that were found, in the order of the playbook."),
    ]
    not_found: Annotated[
        tuple[str, ...],
        Field(
            description="Ids of the questions that nothing answers; under `auto` only those of "
            "playbooks of which something was found."
        ),
    ]
    unassigned: Annotated[
        tuple[Place, ...], Field(description="The customer's turns that answer no question.")
    ]
    skipped: Annotated[
        tuple[Skipped, ...], Field(description="What of the source could not be used, and why.")
    ]


async def score(
    transcript: Transcript,
    playbook: str,
    intake: Intake,
    grade: Callable[[Passage], Awaitable[GradedPassage]],
    *,
    on_found: Callable[[Found], None] = lambda _: None,
    on_graded: Callable[[GradedPassage], None] = lambda _: None,
) -> Scorecard:
    """The scorecard of a transcript, told in parts as they come.

    `playbook` is an id or AUTO. Raises UnknownPlaybook, and JudgeError where the assigner could
    not read the transcript; then nothing was graded.
    """
    found = await intake.find(transcript, playbook_of(playbook))
    on_found(found)
    by_question: dict[str, GradedPassage] = {}
    async with aclosing(grade_all(found.passages, grade)) as graded:
        async for result in graded:
            on_graded(result)
            by_question[result.question_id] = result
    results = tuple(by_question[passage.question_id] for passage in found.passages)
    return Scorecard(
        playbook=playbook,
        tally=_tally(found, results),
        results=results,
        not_found=found.not_found,
        unassigned=found.unassigned,
        skipped=found.skipped,
    )


def playbook_of(name: str) -> str | None:
    """The playbook's id, None for any."""
    return None if name == AUTO else name


def _tally(found: Found, results: tuple[GradedPassage, ...]) -> Tally:
    verdicts = Counter(result.grade.verdict for result in results if result.grade)
    return Tally(
        questions=len(found.passages) + len(found.not_found),
        graded=verdicts.total(),
        ungraded=sum(result.ungraded is not None for result in results),
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
    )
