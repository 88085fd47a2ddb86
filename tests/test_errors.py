"""Each error brings its own problem, and what it says to a caller is its own."""

import pytest

import service.api.problems  # noqa: F401 - the errors of the API are of the same tree
from service import errors
from service.api.problems import problem_of, problem_schema
from service.errors import ProbewiseError
from service.reasons import Reason


def all_errors(error: type[ProbewiseError] = ProbewiseError) -> list[type[ProbewiseError]]:
    below = [every for sub in error.__subclasses__() for every in all_errors(sub)]
    return [error, *below]


ERRORS = [error for error in all_errors() if error.__module__.startswith("service.")]


def test_the_tree_that_is_drawn_is_the_tree_that_is_there() -> None:
    drawn = {
        line.strip("│├└─ ").split()[0]
        for line in (errors.__doc__ or "").splitlines()
        if "──" in line or line == "ProbewiseError"
    }
    assert drawn == {error.__name__ for error in ERRORS if error.__module__ == errors.__name__}


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_a_problem_with_a_status_and_a_type(error: type[ProbewiseError]) -> None:
    assert 400 <= error.kind.status < 600
    assert error.kind.type.startswith("urn:probewise:problem:")
    schema = problem_schema(error)
    assert schema.model_fields["type"].default == error.kind.type
    assert set(error.kind.fields) <= set(schema.model_fields)


SAMPLES: list[tuple[ProbewiseError, int, str]] = [
    (errors.UnreadableSource("no turn", name="secret.vtt", line=3), 422, "no turn"),
    (errors.UnknownQuestion("heliotrope", ["a.1"]), 404, "nearest ids are listed"),
    (errors.UnknownPlaybook("heliotrope", ["a"]), 404, "are listed"),
    (errors.UnknownGrade("heliotrope"), 404, "is stored here"),
    (errors.UnknownEngagement("heliotrope"), 404, "is stored here"),
    (errors.UnknownJob("heliotrope"), 404, "is stored here"),
    (errors.CannotFollow("that grade is good"), 409, "that grade is good"),
    (errors.SourceReused("heliotrope"), 409, "send a new event_id"),
    (errors.InvalidAnswer("empty"), 422, "Change what is listed"),
    (errors.LimitExceeded("answer", limit=5, actual=6), 413, "the limit is 5"),
    (errors.ModelUnavailable("heliotrope said so"), 503, "No model answered"),
    (errors.ModelRefused("heliotrope said so"), 502, "declined"),
    (errors.MalformedReply(["heliotrope"]), 502, "broke the contract"),
    (errors.ConfigurationError("heliotrope is wrong"), 500, "should not have happened"),
]


@pytest.mark.parametrize(("error", "status", "told"), SAMPLES)
def test_a_problem_tells_what_to_do_and_no_word_of_the_caller(
    error: ProbewiseError, status: int, told: str
) -> None:
    problem = problem_of(error)
    assert problem.status == status
    assert told in problem.detail
    assert "heliotrope" not in problem.model_dump_json()
    assert "secret" not in problem.model_dump_json()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    assert reason.explanation.endswith(".")
