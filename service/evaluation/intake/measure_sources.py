"""Find and grade the answers of labelled sources, as `probewise notes` and `transcript` do."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing

from service.assignment.models import Assignment, can_be_evidence
from service.assignment.passages import Passage, cut_passages
from service.evaluation.cases.case import CaseError
from service.evaluation.intake.found_answers import FoundAnswer, SourceResult
from service.evaluation.intake.labelled_sources import LabelledSource
from service.grading.passage_grader import PassageGrader
from service.grading.scorecard import AUTO, GradedPassage
from service.transcripts.formats import Format
from service.transcripts.read_source import read_source
from service.transcripts.sides import resolve_sides
from service.transcripts.turns import Transcript

__all__ = ["measure_source", "measure_sources"]


async def measure_sources(
    sources: Sequence[LabelledSource],
    grader: PassageGrader,
    *,
    on_begin: Callable[[LabelledSource], None],
    on_end: Callable[[LabelledSource], None],
) -> list[SourceResult]:
    """Measure the sources one after the other; call `on_begin` before each and `on_end` after it.

    The answers of one source are graded at the same time. Raises as `measure_source` does.
    """
    results = []
    for source in sources:
        on_begin(source)
        results.append(await measure_source(source, grader))
        on_end(source)
    return results


async def measure_source(source: LabelledSource, grader: PassageGrader) -> SourceResult:
    """Find and grade the answers of one source, then grade its labelled lines too.

    Grading twice shows if finding or grading is to blame for a wrong verdict. Raises CaseError if a
    labelled line is not a customer's, JudgeError if the assigner could not read the source.
    """
    source_format = Format.NOTES if source.gold.kind == "notes" else None
    words = read_source(source.file.read_bytes(), source_format, source.file.name)
    transcript = resolve_sides(words, ours=(), customers=source.gold.customer)
    labelled, _ = cut_passages(transcript.turns, _assign_labels(source, transcript))
    found = await grader.find(transcript, source.gold.playbook or AUTO)
    graded = await _grade_passages(found.passages, grader)
    return SourceResult(
        gold=source.gold,
        found=tuple(
            FoundAnswer(
                question_id=result.question_id,
                lines=tuple(moment.line for moment in result.moments if moment.line),
                verdict=result.grade and result.grade.verdict,
            )
            for result in graded
        ),
        given={
            result.question_id: result.grade and result.grade.verdict
            for result in await _grade_passages(labelled, grader)
        },
    )


def _assign_labels(source: LabelledSource, transcript: Transcript) -> Iterable[Assignment]:
    """Yield the labels as an assigner gives them: questions with the numbers of their turns."""
    numbers = {
        turn.line: number
        for number, turn in enumerate(transcript.turns, 1)
        if can_be_evidence(turn)
    }
    for answer in source.gold.answers:
        for line in answer.lines:
            if line not in numbers:
                raise CaseError(
                    f"{source.file}: {answer.question_id}: line {line} is nothing that a customer "
                    "may have said"
                )
        turns = sorted(numbers[line] for line in answer.lines)
        yield Assignment(question_id=answer.question_id, turns=tuple(turns))


async def _grade_passages(found: Sequence[Passage], grader: PassageGrader) -> list[GradedPassage]:
    """Grade the passages at the same time, and return them in their order."""
    async with aclosing(grader.grade_each(found)) as graded:
        results = {result.question_id: result async for result in graded}
    return [results[passage.question_id] for passage in found]
