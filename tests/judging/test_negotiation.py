import pytest

from service.llm.chat import Message
from service.llm.structured_output import Dialect, OutputMode, request_body, step_down

OPTIONS = {"temperature": 0.0, "logprobs": True}
SCHEMA = {"type": "object"}


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
    body = request_body(Dialect(mode), [Message("user", "hi")], SCHEMA, OPTIONS)
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert body["temperature"] == 0.0
    assert ("tools" in body) is (mode is OutputMode.TOOL)
    assert ("response_format" in body) is (mode in {OutputMode.JSON_SCHEMA, OutputMode.JSON_OBJECT})
