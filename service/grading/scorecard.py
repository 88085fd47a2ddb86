"""A scorecard: every question of a page of notes or a call, graded or not found."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from service.assignment.passages import LeftOutTurn, Moment, Passage
from service.judging.models import Grade, Ungraded, Verdict
from service.records import Frozen
from service.transcripts.turns import Skipped

__all__ = ["AUTO", "FoundPassages", "GradedPassage", "Scorecard", "Tally", "name_playbook"]

AUTO = "auto"  # in place of a playbook's id: any of them


class FoundPassages(Frozen):
    """The passages of a transcript in the order of the questions, and what was left out.

    `not_found` are the questions that no passage answers: of the playbook that was asked for, or
    of every playbook that a passage is about. `unassigned` are the customer's turns in no passage,
    `skipped` what of the source is in no turn or found no room.
    """

    passages: tuple[Passage, ...]
    not_found: tuple[str, ...]
    unassigned: tuple[LeftOutTurn, ...]
    skipped: tuple[Skipped, ...]


class GradedPassage(Frozen):
    """One passage with its grade, or with the reason why there is none.

    `answer` is the text that was graded; the offsets of evidence and moments count its characters.
    """

    question_id: str
    answer: str
    moments: tuple[Moment, ...]
    grade: Grade | None = None
    ungraded: Ungraded | None = None

    @classmethod
    def of(cls, passage: Passage, result: Grade | Ungraded) -> "GradedPassage":
        return cls(
            question_id=passage.question_id,
            answer=passage.answer.text,
            moments=passage.moments,
            grade=result if isinstance(result, Grade) else None,
            ungraded=result if isinstance(result, Ungraded) else None,
        )

    def without_detail(self) -> "GradedPassage":
        """Replace the judge's words on why it is ungraded, if it is, by ours."""
        if self.ungraded is None:
            return self
        return self.model_copy(update={"ungraded": self.ungraded.without_detail()})


class Tally(Frozen):
    """How many questions were looked for, and how many of them were graded."""

    questions: Annotated[int, Field(description="Found and not found together.")]
    graded: int
    ungraded: int
    verdicts: Mapping[Verdict, int]


class Scorecard(Frozen):
    """The outcome of one page of notes or one call."""

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
        tuple[LeftOutTurn, ...],
        Field(description="The customer's turns that answer no question, with their words."),
    ]
    skipped: Annotated[
        tuple[Skipped, ...], Field(description="What of the source could not be used, and why.")
    ]

    @classmethod
    def of(
        cls, playbook: str, found: FoundPassages, results: Iterable[GradedPassage]
    ) -> "Scorecard":
        """Put the results, in whatever order they came, into the order of the passages."""
        by_question = {result.question_id: result for result in results}
        ordered = tuple(by_question[passage.question_id] for passage in found.passages)
        return cls(
            playbook=playbook,
            tally=_tally(found, ordered),
            results=ordered,
            not_found=found.not_found,
            unassigned=found.unassigned,
            skipped=found.skipped,
        )

    def without_details(self) -> "Scorecard":
        """Replace the judge's words on why passages are ungraded by ours."""
        results = tuple(result.without_detail() for result in self.results)
        return self.model_copy(update={"results": results})


def name_playbook(name: str) -> str | None:
    """Return the playbook's id, None for any."""
    return None if name == AUTO else name


def _tally(found: FoundPassages, results: tuple[GradedPassage, ...]) -> Tally:
    verdicts = Counter(result.grade.verdict for result in results if result.grade)
    return Tally(
        questions=len(found.passages) + len(found.not_found),
        graded=verdicts.total(),
        ungraded=sum(result.ungraded is not None for result in results),
        verdicts={verdict: verdicts[verdict] for verdict in Verdict},
    )
