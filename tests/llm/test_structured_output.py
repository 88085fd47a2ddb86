"""Structured output: stepping down from mode to mode, and giving up what a server refuses."""

import pytest

from service.llm.chat import Message, OutputSchema
from service.llm.structured_output import (
    Dialect,
    OutputMode,
    build_request_body,
    make_object_schema,
    step_down,
    take_next_mode,
)

OPTIONS = {"temperature": 0.0, "logprobs": True}
OUTPUT = OutputSchema(name="menu", purpose="write the menu", schema={"type": "object"})


@pytest.mark.parametrize(
    ("status", "message", "parameter", "expected"),
    [
        (400, "Unsupported value", "temperature", Dialect(dropped=frozenset({"temperature"}))),
        (400, "logprobs is not supported", None, Dialect(dropped=frozenset({"logprobs"}))),
        (422, "response_format: json_schema unknown", None, Dialect(OutputMode.TOOL)),
        (404, "No endpoints that support structured outputs", None, Dialect(OutputMode.TOOL)),
        (400, "no response_format here", "logprobs", Dialect(dropped=frozenset({"logprobs"}))),
        (400, "Bad Request", None, Dialect(dropped=frozenset(OPTIONS))),
        (404, "model not found", None, None),
        (401, "response_format", None, None),
        (500, "response_format", None, None),
    ],
)  # fmt: skip
def test_a_refusal_drops_what_it_names_and_nothing_more(
    status: int, message: str, parameter: str | None, expected: Dialect | None
) -> None:
    assert step_down(Dialect(), OPTIONS, status, message, parameter) == expected


def test_opaque_refusals_end_in_plain_text_and_then_in_nothing() -> None:
    dialect: Dialect | None = Dialect()
    seen = []
    while dialect is not None:
        seen.append((dialect.mode, bool(dialect.dropped)))
        dialect = step_down(dialect, OPTIONS, 400, "Bad Request", None)
    assert seen == [
        (OutputMode.JSON_SCHEMA, False),
        (OutputMode.JSON_SCHEMA, True),
        (OutputMode.TOOL, True),
        (OutputMode.JSON_OBJECT, True),
        (OutputMode.TEXT, True),
    ]


@pytest.mark.parametrize("mode", OutputMode)
def test_a_request_asks_in_one_mode_and_keeps_the_options(mode: OutputMode) -> None:
    body = build_request_body(Dialect(mode), [Message("user", "hi")], OUTPUT, OPTIONS)
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert body["temperature"] == 0.0
    assert ("tools" in body) is (mode is OutputMode.TOOL)
    assert ("response_format" in body) is (mode in {OutputMode.JSON_SCHEMA, OutputMode.JSON_OBJECT})


@pytest.mark.parametrize(
    ("status", "message", "parameter", "dropped"),
    [
        (
            403,
            "You are not allowed to request logprobs from this model",
            None,
            {"logprobs", "top_logprobs"},
        ),
        (401, "log probabilities are not in your plan", None, {"logprobs", "top_logprobs"}),
        (409, "temperature is fixed", None, {"temperature"}),
        (400, "top_logprobs must be at most 3", None, {"top_logprobs"}),
        (400, "not supported: /top_logprobs", "top_logprobs", {"top_logprobs"}),
        (400, "response_format works without it", "body.temperature", {"temperature"}),
    ],
)
def test_an_option_is_dropped_at_any_4xx_that_names_it_with_what_needs_it(
    status: int, message: str, parameter: str | None, dropped: set[str]
) -> None:
    options = {**OPTIONS, "top_logprobs": 5}
    lower = step_down(Dialect(), options, status, message, parameter)
    assert lower == Dialect(dropped=frozenset(dropped))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (429, "too many requests with logprobs"),
        (500, "logprobs"),
        (403, "access is restricted"),
        (400, "maximum context length is 8192"),
        (400, "API key not valid"),
    ],
)
def test_what_no_other_request_would_mend_is_not_asked_again(status: int, message: str) -> None:
    assert step_down(Dialect(), OPTIONS, status, message, None) is None


def test_the_next_mode_is_less_strict_and_the_last_has_none() -> None:
    assert take_next_mode(Dialect()) == Dialect(OutputMode.TOOL)
    assert take_next_mode(Dialect(OutputMode.TEXT)) is None


def test_half_a_surrogate_pair_is_sent_as_what_can_be_sent() -> None:
    body = build_request_body(Dialect(), [Message("assistant", "so\ud800up")], OUTPUT, {})
    assert body["messages"][0]["content"].encode()


def test_an_object_of_a_strict_schema_has_all_its_properties_and_no_others() -> None:
    assert make_object_schema({"a": {"type": "integer"}, "b": {"type": "string"}}) == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }
