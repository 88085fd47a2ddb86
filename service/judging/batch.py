"""Many answers from JSON Lines: resumable, and one bad line never stops the rest."""

import asyncio
import codecs
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.errors import ProbewiseError
from service.json_lines import keep_lines
from service.judging.judge import Judge
from service.judging.models import Answer, Grade, Ungraded
from service.playbooks.catalogue import Catalogue
from service.playbooks.models import Question
from service.records import Frozen

__all__ = [
    "BadLine",
    "Outcome",
    "Request",
    "grade_all",
    "keep_finished",
    "outcome_line",
    "read_requests",
]

Id = str | int


@dataclass(frozen=True)
class BadLine:
    """A line that can't be graded: its number, counted from 1, and why."""

    number: int
    reason: str


@dataclass(frozen=True)
class Request:
    """One line, checked: the caller's id, the question and the answer."""

    id: Id
    question: Question
    answer: Answer


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    id: Id
    result: Grade | Ungraded


class _Line(Frozen, strict=True):
    """An input line."""

    id: Id
    question_id: str
    answer: str


class _Written(Frozen):
    """An output line of an earlier run."""

    id: Id
    grade: Grade | None = None
    ungraded: Ungraded | None = None


def read_requests(file: Path, catalogue: Catalogue) -> Iterator[Request | BadLine]:
    """Each non-empty line `{"id", "question_id", "answer"}`, or what is wrong with it."""
    seen: dict[Id, int] = {}
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if not raw.strip():
                continue
            try:
                line = _Line.model_validate_json(raw.removeprefix(codecs.BOM_UTF8))
                request = Request(
                    line.id, catalogue.question(line.question_id), Answer.of(line.answer)
                )
            except ValidationError as error:
                fault = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(str(step) for step in fault["loc"][:1])
                yield BadLine(number, f"{where}: {fault['msg']}" if where else fault["msg"])
            except ProbewiseError as error:
                yield BadLine(number, str(error))
            else:
                if line.id in seen:
                    yield BadLine(number, f"the id of line {seen[line.id]} again")
                    continue
                seen[line.id] = number
                yield request


def keep_finished(output: Path) -> set[Id]:
    """The ids already graded in an output file, which is rewritten to hold just those lines.

    Ungraded lines and a last line cut off by a crash are dropped, so that they are graded again.
    Raises ConfigurationError, and changes nothing, where the file holds anything else.
    """
    return keep_lines(output, _finished_id, opening=b'{"id": ', writer="grade-many")


def _finished_id(line: bytes) -> Id | None:
    written = _Written.model_validate_json(line)
    return written.id if written.grade else None


async def grade_all(
    requests: Iterable[Request],
    judge: Judge,
    *,
    concurrency: int,
    done: Callable[[Outcome], None],
) -> None:
    """Grade every request, at most `concurrency` at a time; `done` gets each as it comes."""
    waiting = iter(requests)

    async def work() -> None:
        for request in waiting:
            done(Outcome(request.id, await judge.grade(request.question, request.answer)))

    try:
        async with asyncio.TaskGroup() as workers:
            for _ in range(concurrency):
                workers.create_task(work())
    except ExceptionGroup as failures:  # one is told; the others failed alike
        raise failures.exceptions[0] from failures


def outcome_line(outcome: Outcome) -> str:
    """One output line: `{"id", "grade"}` or `{"id", "ungraded": {"reason", "detail"}}`."""
    if isinstance(outcome.result, Grade):
        content = {"grade": outcome.result.model_dump(mode="json")}
    else:
        content = {"ungraded": outcome.result.model_dump(mode="json", exclude={"retry_after_s"})}
    return json.dumps({"id": outcome.id, **content}, ensure_ascii=False)
