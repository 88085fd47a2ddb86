"""Everything Probewise raises on purpose, as one tree.

ProbewiseError
├── ConfigurationError     a setting can't be used: which one, what to change
├── PlaybookError          a playbook or table can't be used: file, line, column, what to change
├── UnknownQuestion        no loaded playbook has this question id; the nearest ids
├── UnknownPlaybook        no playbook of this id is loaded; the ids that are
├── UnknownGrade           no grade of this id is kept
├── UnknownEngagement      no grade of this engagement is kept
├── UnknownJob             no job of this id is kept
├── CannotFollow           the grade an answer is said to follow can't be followed by it
├── SourceReused           this source event was graded before, with other content
├── InvalidAnswer          the answer is empty or only white space
├── LimitExceeded          the answer is too long: the limit and the length
└── JudgeError             no verdict was reached; becomes an ungraded result, never a verdict
    ├── ModelUnavailable   retries and fallbacks are spent; when to try again
    ├── ModelRefused       the model declined to grade
    └── MalformedReply     the reply broke the contract
"""

from collections.abc import Sequence

__all__ = [
    "CannotFollow",
    "ConfigurationError",
    "InvalidAnswer",
    "JudgeError",
    "LimitExceeded",
    "MalformedReply",
    "ModelRefused",
    "ModelUnavailable",
    "PlaybookError",
    "ProbewiseError",
    "SourceReused",
    "UnknownEngagement",
    "UnknownGrade",
    "UnknownJob",
    "UnknownPlaybook",
    "UnknownQuestion",
]


class ProbewiseError(Exception):
    """Base of all errors; `str(error)` says what went wrong, what it concerns and what to do."""


class ConfigurationError(ProbewiseError):
    """A setting is missing or can't be used."""


class PlaybookError(ProbewiseError):
    """A playbook file or table can't be used; `line` and `column` count from 1, 0 where unknown."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        self.message, self.file, self.line, self.column = message, file, line, column
        place = ":".join([file, *(str(n) for n in (line, column) if n)]).strip(":")
        super().__init__(f"{place}: {message}" if place else message)


class UnknownQuestion(ProbewiseError):
    """No loaded playbook has this question id."""

    def __init__(self, question_id: str, nearest: Sequence[str]) -> None:
        self.question_id, self.nearest = question_id, tuple(nearest)
        super().__init__(f"no question {question_id!r}; did you mean {' or '.join(nearest)}?")


class UnknownPlaybook(ProbewiseError):
    """No playbook of this id is loaded."""

    def __init__(self, playbook_id: str, known: Sequence[str]) -> None:
        self.playbook_id, self.known = playbook_id, tuple(known)
        super().__init__(f"no playbook {playbook_id!r}; there are {', '.join(known)}")


class UnknownGrade(ProbewiseError):
    """No grade of this id is kept."""

    def __init__(self, grade_id: str) -> None:
        self.grade_id = grade_id
        super().__init__(f"no grade {grade_id!r} is kept here")


class UnknownEngagement(ProbewiseError):
    """No grade of this engagement is kept."""

    def __init__(self, engagement_id: str) -> None:
        self.engagement_id = engagement_id
        super().__init__(
            f"no grade of the engagement {engagement_id!r} is kept here; send answers with this "
            "engagement_id, or name another"
        )


class UnknownJob(ProbewiseError):
    """No job of this id is kept."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"no job {job_id!r} is kept here")


class CannotFollow(ProbewiseError):
    """The grade this answer is said to follow can't be followed by it."""


class SourceReused(ProbewiseError):
    """This source event was graded before, with another answer or question."""


class InvalidAnswer(ProbewiseError):
    """The answer holds nothing to grade."""


class LimitExceeded(ProbewiseError):
    """A size limit was passed."""

    def __init__(self, what: str, *, limit: int, actual: int, unit: str = "characters") -> None:
        self.what, self.limit, self.actual, self.unit = what, limit, actual, unit
        super().__init__(
            f"the {what} has {actual:,} {unit}; the limit is {limit:,}. Split or shorten it."
        )


class JudgeError(ProbewiseError):
    """No verdict was reached honestly."""


class ModelUnavailable(JudgeError):
    """No configured model answered; `retry_after_s` in seconds where a server named it."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class ModelRefused(JudgeError):
    """The model declined to grade (a refusal or a content filter)."""


class MalformedReply(JudgeError):
    """The reply broke the contract; `reasons` are said back to the model in the repair round."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons))
