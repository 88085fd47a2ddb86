"""Grading a transcript or a page of notes: find the answer to each question, grade every one."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing

from service.assignment.attribution import NOTHING_SAID, attribute
from service.assignment.models import Assigner
from service.assignment.passages import Passage, cut_passages, find_unassigned
from service.grading.answers import AnswerGrader, Submission
from service.grading.scorecard import FoundPassages, GradedPassage, Scorecard, name_playbook
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question
from service.records import Frozen
from service.storage.grades import Source
from service.storage.identifiers import Identifier
from service.transcripts.turns import Transcript

__all__ = ["Origin", "PassageGrader"]


class Origin(Frozen):
    """The call of a tool that passages come from, and the engagement their grades belong to."""

    tool: Identifier
    call_id: Identifier
    engagement_id: Identifier | None = None

    @classmethod
    def of_words(
        cls, transcript: Transcript, tool: str, engagement_id: str | None = None
    ) -> "Origin":
        """Name a source that no tool names: the same words are the same call."""
        words = (turn.text for turn in transcript.turns)
        return cls(tool=tool, call_id=_digest(words), engagement_id=engagement_id)


class PassageGrader:
    """Finds the passage that answers each question, and grades every one.

    A passage with an origin is a source event of its words, so that `answers` grades it once.
    """

    def __init__(self, catalogue: Catalogue, assigner: Assigner, answers: AnswerGrader) -> None:
        self._catalogue = catalogue
        self._assigner = assigner
        self._answers = answers

    def list_questions(self, playbook: str, also: Iterable[str] = ()) -> tuple[Question, ...]:
        """List the questions of one playbook, or of all for `auto`, and those of the ids `also`.

        Raises UnknownPlaybook and UnknownQuestion.
        """
        playbook_id = name_playbook(playbook)
        if playbook_id is None:
            asked = tuple(self._catalogue.questions)
        else:
            asked = self._catalogue.playbook(playbook_id).questions
        named = [self._catalogue.question(question_id) for question_id in dict.fromkeys(also)]
        return (*asked, *(question for question in named if question not in asked))

    async def score(
        self,
        transcript: Transcript,
        playbook: str,
        origin: Origin | None = None,
        *,
        assign: Mapping[int, str] = NOTHING_SAID,
        on_found: Callable[[FoundPassages], None] = lambda _: None,
        on_graded: Callable[[GradedPassage], None] = lambda _: None,
    ) -> Scorecard:
        """Find and grade every answer; the callbacks get each part as it comes.

        `playbook` is an id or `auto`, `assign` as in `find`. Raises UnknownPlaybook,
        UnknownQuestion and InvalidRequest, and JudgeError if the assigner could not read the
        transcript; nothing was graded then.
        """
        found = await self.find(transcript, playbook, assign)
        on_found(found)
        results = []
        async with aclosing(self.grade_each(found.passages, origin)) as graded:
            async for result in graded:
                on_graded(result)
                results.append(result)
        return Scorecard.of(playbook, found, results)

    async def find(
        self, transcript: Transcript, playbook: str, assign: Mapping[int, str] = NOTHING_SAID
    ) -> FoundPassages:
        """Find the passages that answer questions of one playbook, or of any for `auto`.

        `assign` maps lines of the source to the questions that they answer, by a person's word.
        Raises UnknownPlaybook, UnknownQuestion and InvalidRequest, and JudgeError if the assigner
        could not read the transcript.
        """
        questions = self.list_questions(playbook, assign.values())
        attribute((), transcript.turns, questions, assign)  # a wrong line costs no call
        assignments = await self._assigner.assign(transcript.turns, questions)
        assignments = attribute(assignments, transcript.turns, questions, assign)
        found, left_out = cut_passages(transcript.turns, assignments)
        only_touched = name_playbook(playbook) is None
        return FoundPassages(
            passages=found,
            not_found=_not_found(questions, found, only_touched=only_touched),
            unassigned=find_unassigned(transcript.turns, found),
            skipped=(*transcript.skipped, *left_out),
        )

    async def grade(self, passage: Passage, origin: Origin | None = None) -> GradedPassage:
        """Grade a passage; return the stored grade if the call had these very words before.

        The same words are graded anew once it is known who spoke, or for another engagement.
        """
        submission = Submission(
            question_id=passage.question_id,
            answer=passage.answer,
            engagement_id=origin and origin.engagement_id,
            source=origin and _source(passage, origin),
            is_of_unknown_side=passage.is_of_unknown_side,
        )
        return GradedPassage.of(passage, await self._answers.grade(submission))

    async def grade_each(
        self, found: Sequence[Passage], origin: Origin | None = None
    ) -> AsyncGenerator[GradedPassage]:
        """Grade all passages at the same time, and yield each as it is done.

        Close it to stop early: what is not done yet is cancelled, as it is if one fails.
        """
        tasks = [asyncio.ensure_future(self.grade(passage, origin)) for passage in found]
        try:
            for done in asyncio.as_completed(tasks):
                yield await done
        finally:
            for task in tasks:
                task.cancel()
            # Waited for, so that no error of a cancelled one is logged with what it may quote.
            await asyncio.gather(*tasks, return_exceptions=True)


def _source(passage: Passage, origin: Origin) -> Source:
    """Make the identity under which a passage's grade is stored.

    Its event is a digest of question, engagement, side and words: all that a grade depends on.
    """
    side = "unknown" if passage.is_of_unknown_side else "customer"
    words = passage.answer.model_dump_json()
    parts = (passage.question_id, origin.engagement_id or "", side, words)
    return Source(tool=origin.tool, call_id=origin.call_id, event_id=_digest(parts))


def _digest(texts: Iterable[str]) -> str:
    whole = "\n".join(texts)  # none of them has a line break
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _not_found(
    questions: Sequence[Question], found: Sequence[Passage], *, only_touched: bool
) -> tuple[str, ...]:
    answered = {passage.question_id for passage in found}
    touched = {question.playbook_id for question in questions if question.id in answered}
    return tuple(
        question.id
        for question in questions
        if question.id not in answered and (not only_touched or question.playbook_id in touched)
    )
