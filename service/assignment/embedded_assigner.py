"""Assign turns without an LLM: always, or only if no LLM is available."""

import asyncio
from collections.abc import Sequence

from service.assignment.clauses import divide_shared_lines
from service.assignment.models import Assigner, Assignment, join_assignments
from service.assignment.named_questions import find_named
from service.assignment.turn_scores import (
    Relevance,
    add_context,
    choose_pairs,
    estimate_chances,
    measure_likeness,
    score_relevance,
)
from service.assignment.weights import load_weights
from service.errors import ModelUnavailable
from service.playbooks.models import Question
from service.transcripts.turns import NOTES, Turn

__all__ = ["EmbeddedAssigner", "FallbackAssigner"]


class EmbeddedAssigner:
    """Follows the topic by shared wording, and asks the embedded judge about the likely pairs.

    Our own side's turns help to follow the topic, but are never given to a question.
    """

    def __init__(self, relevance: Relevance) -> None:
        self._relevance = relevance
        self._weights = load_weights()

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """Assign as Assigner says, in a thread of its own; this assigner never fails."""
        return await asyncio.to_thread(self.assign_now, turns, questions)

    def assign_now(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """Assign in the calling thread, and in as many more as there are processors."""
        if not turns or not questions:
            return ()
        weights = self._weights["notes" if _are_notes(turns) else "calls"]
        scored, named = add_context(turns), find_named(turns, questions)
        likeness = measure_likeness(scored, questions)
        pairs = choose_pairs(scored, likeness, weights, named)
        relevance = score_relevance(scored, questions, pairs, self._relevance)
        chances = estimate_chances(scored, likeness, relevance, weights, named)
        found = [
            Assignment(
                question_id=question.id,
                turns=tuple(n for n, is_given in enumerate(column, 1) if is_given),
            )
            for question, column in zip(questions, (chances > weights.threshold).T, strict=True)
            if column.any()
        ]
        joined = join_assignments(found, turns, questions)
        return divide_shared_lines(joined, turns, questions, self._relevance)

    async def aclose(self) -> None:
        """Do nothing: there is no connection to give back."""


def _are_notes(turns: Sequence[Turn]) -> bool:
    # Lines that may be ours are nobody's, in notes too.
    return any(turn.speaker_id == NOTES for turn in turns)


class FallbackAssigner:
    """Asks the first assigner, and the second one if the first one's model is unavailable."""

    def __init__(self, assigner: Assigner, substitute: Assigner) -> None:
        self._assigner = assigner
        self._substitute = substitute

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """Assign as Assigner says; a reply that broke the rules is an error, never replaced."""
        try:
            return await self._assigner.assign(turns, questions)
        except ModelUnavailable:
            return await self._substitute.assign(turns, questions)

    async def aclose(self) -> None:
        """Close both, even if closing the first one fails."""
        try:
            await self._assigner.aclose()
        finally:
            await self._substitute.aclose()
