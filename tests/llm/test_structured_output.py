"""Structured output: stepping down from mode to mode, and reading one object, never a guess."""

import pytest

from service.errors import MalformedReply
from service.llm.chat import Message, OutputSchema
from service.llm.only_object import parse_only_object
from service.llm.structured_output import (
    Dialect,
    OutputMode,
    build_request_body,
    make_object_schema,
    step_down,
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
    "text",
    [
        '{"a": {"b": 1}}',
        'Sure! Here it is:\n```json\n{"a": {"b": 1}}\n```\nHope this helps {smiles}.',
        '<think>maybe {"a": 2} {"a": {"b": 1}}</think>{"a": {"b": 1}}',
    ],
)
def test_one_object_is_read_whatever_is_around_it(text: str) -> None:
    assert parse_only_object(text) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the reply is empty"),
        ("  \n", "the reply is empty"),
        ("<think>Hm.</think>", "the reply is empty"),
        ("I would say good.", "the reply holds no JSON object"),
        ('{"a": "b', "the JSON object is cut off"),
        ('{"a": {"b": 1}', "the JSON object is cut off"),
        ('{"a": 1}{"a": 1}', "more than one JSON object"),
        ('[{"a": 1}, {"a": 1}]', "more than one JSON object"),
        ('{"a": 1, "a": 2}', "a field is given twice"),
        ('{"b": {"a": 1, "a": 1}}', "a field is given twice"),
        ("x" * 100_001, "the reply is far too long"),
        ('{"a":' * 15_000 + "1" + "}" * 15_000, "the JSON is nested too deeply"),
    ],
)
def test_anything_but_one_object_is_malformed(text: str, reason: str) -> None:
    with pytest.raises(MalformedReply) as caught:
        parse_only_object(text)
    assert caught.value.reasons == (reason,)


def test_an_object_of_a_strict_schema_has_all_its_properties_and_no_others() -> None:
    assert make_object_schema({"a": {"type": "integer"}, "b": {"type": "string"}}) == {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "string"}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }
