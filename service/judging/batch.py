"""Grade many answers from a file of JSON lines; a second run grades only what is missing."""

import asyncio
import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.errors import ProbewiseError
from service.json_lines import keep_lines
from service.judging.guarded_judge import GuardedJudge
from service.judging.models import Answer, Grade, Judge, Ungraded
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question
from service.records import Frozen

__all__ = [
    "BatchAnswer",
    "BatchResult",
    "MalformedLine",
    "format_result",
    "grade_batch",
    "keep_finished",
    "read_batch",
]

Id = str | int


@dataclass(frozen=True)
class MalformedLine:
    """A line that can't be graded: its number, counted from 1, and why."""

    number: int
    reason: str


@dataclass(frozen=True)
class BatchAnswer:
    """An answer to grade, with its question and the id that its sender gave it."""

    id: Id
    question: Question
    answer: Answer


@dataclass(frozen=True)
class BatchResult:
    """The grade of one answer of a batch, or the reason why there is none."""

    id: Id
    result: Grade | Ungraded


class _InputLine(Frozen, strict=True):
    id: Id
    question_id: str
    answer: str


class _OutputLine(Frozen):
    id: Id
    grade: Grade | None = None
    ungraded: Ungraded | None = None


def read_batch(file: Path, catalogue: Catalogue) -> Iterator[BatchAnswer | MalformedLine]:
    """Read each line `{"id", "question_id", "answer"}`, or say what is wrong with it.

    One bad line never stops the rest; empty lines are passed over.
    """
    seen: dict[Id, int] = {}
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if not raw.strip():
                continue
            try:
                line = _InputLine.model_validate_json(raw.removeprefix(codecs.BOM_UTF8))
                answer = BatchAnswer(
                    line.id, catalogue.question(line.question_id), Answer.of(line.answer)
                )
            except ValidationError as error:
                fault = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(step) for step in fault["loc"][:1])
                yield MalformedLine(number, f"{where}: {fault['msg']}" if where else fault["msg"])
            except ProbewiseError as error:
                yield MalformedLine(number, str(error))
            else:
                if line.id in seen:
                    yield MalformedLine(number, f"the id of line {seen[line.id]} again")
                    continue
                seen[line.id] = number
                yield answer


def keep_finished(output: Path) -> set[Id]:
    """Keep the lines of an output file that have a grade, and return their ids.

    Ungraded lines, and a last line that a crash cut off, are removed: they are graded again.
    Raises ConfigurationError, and changes nothing, if the file holds anything else.
    """
    return keep_lines(output, _read_finished_id, opening=b'{"id": ', writer="grade-many")


def _read_finished_id(line: bytes) -> Id | None:
    written = _OutputLine.model_validate_json(line)
    return written.id if written.grade else None


async def grade_batch(
    answers: Iterable[BatchAnswer],
    judge: Judge,
    *,
    concurrency: int,
    done: Callable[[BatchResult], None],
) -> None:
    """Grade every answer, at most `concurrency` at a time; `done` gets each result as it comes.

    An answer on which the judge fails in a way that nobody foresaw stays ungraded, whatever judge
    it is. Raises what a judge raises on purpose: ConfigurationError.
    """
    waiting = iter(answers)
    guarded = GuardedJudge(judge)

    async def work() -> None:
        for answer in waiting:  # all workers take from the same iterator
            done(BatchResult(answer.id, await guarded.grade(answer.question, answer.answer)))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(work())
    except ExceptionGroup as failures:  # the first one is enough; the others failed alike
        raise failures.exceptions[0] from failures


def format_result(result: BatchResult) -> str:
    """Format an output line: `{"id", "grade"}` or `{"id", "ungraded": {"reason", "detail"}}`."""
    if isinstance(result.result, Grade):
        content = {"grade": result.result.model_dump(mode="json")}
    else:
        content = {"ungraded": result.result.model_dump(mode="json", exclude={"retry_after_s"})}
    return json.dumps({"id": result.id, **content}, ensure_ascii=False)
