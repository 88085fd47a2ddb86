"""The embedded assigner: which turns answer which question, without an LLM."""

import asyncio
from collections.abc import Sequence

from service.assignment.models import Assignment, joined
from service.assignment.turn_scores import Relevance, chances, likely, likeness_of, relevance_of
from service.assignment.weights import fitted_weights
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Turn

__all__ = ["EmbeddedAssigner"]


class EmbeddedAssigner:
    """Follows the topic by shared wording, and asks the embedded judge about what is likely.

    Our own side's turns tell the topic too, but are never given to a question.
    """

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._weights = fitted_weights()

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """See Assigner.assign; this one never fails."""
        return await asyncio.to_thread(self.assign_now, turns, questions)

    def assign_now(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """The assignments, from the calling thread and as many more as there are processors."""
        if not turns or not questions:
            return ()
        weights = self._weights["notes" if _are_notes(turns) else "calls"]
        likeness = likeness_of(turns, questions)
        pairs = likely(turns, likeness, weights)
        relevance = relevance_of(turns, questions, pairs, self._relevance)
        given = chances(turns, likeness, relevance, weights) > weights.threshold
        found = [
            Assignment(
                question_id=question.id,
                turns=tuple(n for n, is_given in enumerate(column, 1) if is_given),
            )
            for question, column in zip(questions, given.T, strict=True)
            if column.any()
        ]
        return joined(found, turns, questions)

    async def aclose(self) -> None:
        """Nothing is held."""


def _are_notes(turns: Sequence[Turn]) -> bool:
    return all(turn.speaker_id == NOTES for turn in turns)
