"""The embedded assigner: without an LLM, the embedded judge tells what answers what."""

import asyncio
from collections.abc import Callable, Sequence

from service.intake.assignment import Assignment, can_be_evidence, joined
from service.intake.turns import Turn
from service.playbooks.models import Question

__all__ = ["EmbeddedAssigner"]


class EmbeddedAssigner:
    """Gives each turn to the question it is most relevant to, if it is relevant enough."""

    def __init__(self, relevance: Callable[[Question, str], float]) -> None:
        self._relevance = relevance

    async def assign(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """See Assigner.assign; this one always comes to an end by itself."""
        return await asyncio.to_thread(self.assign_now, turns, questions)

    def assign_now(
        self, turns: Sequence[Turn], questions: Sequence[Question]
    ) -> tuple[Assignment, ...]:
        """The assignments, on the calling thread."""
        found = []
        for number, turn in enumerate(turns, 1):
            if can_be_evidence(turn):
                scores = [self._relevance(question, turn.text) for question in questions]
                best = max(range(len(questions)), key=scores.__getitem__)
                if scores[best] > 0.8:
                    found.append(Assignment(question_id=questions[best].id, turns=(number,)))
        return joined(found, turns, questions)

    async def aclose(self) -> None:
        """Nothing is held."""
