"""Everything Probewise raises on purpose, as one tree; each error brings its own problem.

ProbewiseError
├── ConfigurationError     a setting can't be used: which one, what to change
├── PlaybookError          a playbook or table can't be used: file, line, column, what to change
│   └── UnreadableTables   tables can't be read: every fault of the file
├── UnreadableSource       notes or a transcript can't be read: file, line, what to change
├── UnknownQuestion        no loaded playbook has this question id; the nearest ids
├── UnknownPlaybook        no playbook of this id is loaded; the ids that are
├── UnknownGrade           no grade of this id is stored
├── UnknownEngagement      no grade of this engagement is stored
├── UnknownJob             no job of this id is stored
├── CannotFollow           the grade that an answer claims to follow can't be followed by it
├── SourceReused           this source event was graded before, with other content
├── BrokenJson             a body is not JSON
├── InvalidRequest         a request does not match its schema: which fields
│   └── InvalidAnswer      the answer is empty or only white space
├── LimitExceeded          a text is too long: the limit and the length
├── StorageUnavailable     the database is locked, full, gone or out of reach: nothing was stored
├── UnexpectedError        what nobody foresaw, once it is in the log
└── JudgeError             no verdict was reached; becomes an ungraded result, never a verdict
    ├── ModelUnavailable   retries and fallbacks are spent; when to try again
    ├── ModelRefused       the model declined
    └── MalformedReply     the reply broke the contract
"""

import logging
import traceback
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field, JsonValue
from pydantic_core import to_jsonable_python

from service.problem_kinds import FieldFault, ProblemKind
from service.reasons import Reason
from service.request_ids import REQUEST_ID

__all__ = [
    "BrokenJson",
    "CannotFollow",
    "ConfigurationError",
    "InvalidAnswer",
    "InvalidRequest",
    "JudgeError",
    "LimitExceeded",
    "MalformedReply",
    "ModelRefused",
    "ModelUnavailable",
    "PlaybookError",
    "ProbewiseError",
    "SourceReused",
    "StorageUnavailable",
    "UnexpectedError",
    "UnknownEngagement",
    "UnknownGrade",
    "UnknownJob",
    "UnknownPlaybook",
    "UnknownQuestion",
    "UnreadableSource",
    "UnreadableTables",
]

_log = logging.getLogger(__name__)


class ProbewiseError(Exception):
    """Base of all errors; `str(error)` says what went wrong, what it concerns and what to do.

    Errors that no request can cause are answered as an internal error, and logged.
    """

    kind: ClassVar[ProblemKind] = ProblemKind(
        500,
        "Internal error",
        "This should not have happened; the service's log says more about this instance.",
        {"instance": Annotated[str, Field(description="Names this one occurrence in the log.")]},
        schema="InternalError",
        description="Something failed that should not; the answer may be sent again.",
    )

    @property
    def status(self) -> int:
        """The HTTP status it is answered with."""
        return self.kind.status

    @property
    def detail(self) -> str:
        """The sentence that a caller over HTTP is told."""
        return self.kind.detail or str(self)

    @property
    def facts(self) -> dict[str, JsonValue]:
        """The values of its kind's fields, as JSON: attributes of these names."""
        return {name: to_jsonable_python(getattr(self, name)) for name in self.kind.fields}


class ConfigurationError(ProbewiseError):
    """A setting is missing or can't be used."""


class PlaybookError(ProbewiseError):
    """A playbook file or table can't be used; `line` and `column` count from 1, 0 if unknown."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        self.message, self.file, self.line, self.column = message, file, line, column
        place = ":".join([file, *(str(n) for n in (line, column) if n)]).strip(":")
        super().__init__(f"{place}: {message}" if place else message)


class UnreadableTables(PlaybookError):
    """The tables of a file can't be read; `faults` has each reason with its place."""

    def __init__(self, faults: Sequence[PlaybookError]) -> None:
        """Take at least one fault; the first one's place is the error's own."""
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.message, file=first.file, line=first.line, column=first.column)
        self.args = ("\n".join(map(str, self.faults)),)


class UnreadableSource(ProbewiseError):
    """The notes or the transcript can't be read."""

    kind = ProblemKind(
        422,
        "Unreadable source",
        fields={
            "line": Annotated[
                int | None, Field(None, ge=1, description="Of the source, counted from 1.")
            ]
        },
    )

    def __init__(
        self, message: str, *, name: str = "", line: int = 0, told: str | None = None
    ) -> None:
        """`line` counts from 1 and is 0 if unknown; `name` is the file's.

        `told` is what a caller over HTTP is told if the message repeats words of the source.
        """
        self.message, self.name, self.line = message, name, line
        self.told = told or message
        place = f"{name}:{line}" if name and line else name or (f"line {line}" if line else "")
        super().__init__(f"{place}: {message}" if place else message)

    @property
    def detail(self) -> str:
        """The message without the file's name, and without words of the source."""
        return self.told

    @property
    def facts(self) -> dict[str, JsonValue]:
        return {"line": self.line or None}


class UnknownQuestion(ProbewiseError):
    """No loaded playbook has this question."""

    kind = ProblemKind(
        404,
        "Unknown question",
        "No loaded playbook has this question; the nearest ids are listed.",
        {"nearest": tuple[str, ...]},
        schema="UnknownQuestionId",
    )

    def __init__(self, question_id: str, nearest: Sequence[str]) -> None:
        self.question_id, self.nearest = question_id, tuple(nearest)
        super().__init__(f"no question {question_id!r}; did you mean {' or '.join(nearest)}?")


class UnknownPlaybook(ProbewiseError):
    """No playbook of this id is loaded."""

    kind = ProblemKind(
        404,
        "Unknown playbook",
        "No playbook of this id is loaded; those that are, are listed.",
        {"known": tuple[str, ...]},
        schema="UnknownPlaybookId",
    )

    def __init__(self, playbook_id: str, known: Sequence[str]) -> None:
        self.playbook_id, self.known = playbook_id, tuple(known)
        super().__init__(f"no playbook {playbook_id!r}; there are {', '.join(known)}")


class UnknownGrade(ProbewiseError):
    """No grade of this id is stored."""

    kind = ProblemKind(
        404, "Unknown grade", "No grade of this id is stored here.", schema="UnknownGradeId"
    )

    def __init__(self, grade_id: str) -> None:
        self.grade_id = grade_id
        super().__init__(f"no grade {grade_id!r} is stored here")


class UnknownEngagement(ProbewiseError):
    """No grade of this engagement is stored."""

    kind = ProblemKind(
        404,
        "Unknown engagement",
        "No grade of this engagement is stored here; GET /v1/engagements lists those known.",
        schema="UnknownEngagementId",
    )

    def __init__(self, engagement_id: str) -> None:
        self.engagement_id = engagement_id
        super().__init__(
            f"no grade of the engagement {engagement_id!r} is stored here; send answers with this "
            "engagement_id, or name another"
        )


class UnknownJob(ProbewiseError):
    """No job of this id is stored."""

    kind = ProblemKind(
        404, "Unknown job", "No job of this id is stored here.", schema="UnknownJobId"
    )

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"no job {job_id!r} is stored here")


class CannotFollow(ProbewiseError):
    """The grade named by `follows` can't be followed by this answer."""

    kind = ProblemKind(409, "Cannot follow", schema="FollowConflict")


class SourceReused(ProbewiseError):
    """The source event was graded before, with other content."""

    kind = ProblemKind(
        409,
        "Source reused",
        "This source event was graded before, with other content; send a new event_id.",
        schema="SourceConflict",
    )


class BrokenJson(ProbewiseError):
    """The body can't be read as JSON."""

    kind = ProblemKind(400, "Broken JSON", "The body is not JSON in UTF-8.")

    def __init__(self, detail: str = "The body is not JSON in UTF-8.") -> None:
        super().__init__(detail)

    @property
    def detail(self) -> str:
        return str(self)


class InvalidRequest(ProbewiseError):
    """The request does not match its schema, or its answer is empty."""

    kind = ProblemKind(
        422,
        "Invalid request",
        "Change what is listed and send the request again.",
        {"errors": tuple[FieldFault, ...]},
    )

    def __init__(self, errors: Sequence[FieldFault], message: str = "") -> None:
        self.errors = tuple(errors)
        listed = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in self.errors)
        super().__init__(message or listed)


class InvalidAnswer(InvalidRequest):
    """The answer holds nothing to grade."""

    def __init__(self, message: str) -> None:
        fault = FieldFault(pointer="/answer", detail="Should hold the customer's words")
        super().__init__([fault], message)


class LimitExceeded(ProbewiseError):
    """The answer or the whole body is too large."""

    kind = ProblemKind(
        413,
        "Too large",
        fields={"limit": int, "unit": Annotated[str, Field(examples=["characters", "bytes"])]},
        schema="TooLarge",
    )

    def __init__(self, what: str, *, limit: int, actual: int, unit: str = "characters") -> None:
        self.what, self.limit, self.actual, self.unit = what, limit, actual, unit
        super().__init__(
            f"the {what} has {actual:,} {unit}; the limit is {limit:,}. Split or shorten it."
        )


class StorageUnavailable(ProbewiseError):
    """The database can't be read or written for now, and nothing was stored."""

    kind = ProblemKind(503, "Storage unavailable")
    retry_after_s = 5.0  # about as long as it takes to find out again

    def __init__(self, trouble: str) -> None:
        """`trouble` is a clause of ours, such as "the disk of the database is full"."""
        self.trouble = trouble
        super().__init__(f"{trouble}; nothing was stored. Send the same request again later.")


class UnexpectedError(ProbewiseError):
    """Something failed that should not; the answer may be sent again."""

    def __init__(self, cause: Exception) -> None:
        """Log the type and the frames of the cause, not its message, which may quote an answer."""
        self.instance = uuid.uuid4().urn
        frames = "".join(traceback.format_tb(cause.__traceback__))
        name, request_id = type(cause).__qualname__, REQUEST_ID.get()
        _log.error("%s: unexpected %s, request %s\n%s", self.instance, name, request_id, frames)
        super().__init__(f"an unexpected error; see {self.instance} in the log")


class JudgeError(ProbewiseError):
    """No verdict was reached honestly.

    A judge turns it into an ungraded result. What reaches a caller comes from the assigner, which
    could not tell what answers which question.
    """

    reason: ClassVar[Reason] = Reason.MALFORMED_REPLY
    kind = ProblemKind(
        502,
        "Unassigned",
        fields={"reason": Reason},
        schema="Unassigned",
        description="It could not be told honestly what answers which question; nothing is stored.",
    )

    @property
    def detail(self) -> str:
        """Our words for the reason: the message may quote the model or its server."""
        return self.reason.explanation


class ModelUnavailable(JudgeError):
    """No configured model answered; `retry_after_s` in seconds if a server named it."""

    reason = Reason.MODEL_UNAVAILABLE
    kind = replace(JudgeError.kind, status=503)

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ModelRefused(JudgeError):
    """The model declined (a refusal or a content filter)."""

    reason = Reason.REFUSED

    @property
    def detail(self) -> str:
        return "The model declined to say what answers which question."


class MalformedReply(JudgeError):
    """The reply broke the contract; `reasons` are told to the model in the repair round.

    `is_repaired` is true if that round is over.
    """

    def __init__(self, reasons: Sequence[str], *, is_repaired: bool = False) -> None:
        self.reasons = tuple(reasons)
        self.is_repaired = is_repaired
        super().__init__("; ".join(reasons))
