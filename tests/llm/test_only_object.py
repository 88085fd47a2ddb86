"""One object is read if it is the reply, and never guessed at."""

import pytest

from service.errors import MalformedReply
from service.llm.only_object import parse_only_object

CALL = '{"name": "submit_grade", "arguments": {"a": {"b": 1}}}'


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"b": 1}}',
        'Sure! Here it is:\n```json\n{"a": {"b": 1}}\n```\nHope this helps {smiles}.',
        '<think>maybe {"a": 2} {"a": {"b": 1}}</think>{"a": {"b": 1}}',
        '[{"a": {"b": 1}}]',
        '<answer>{"a": {"b": 1}}</answer><|im_end|>',
        '{"a": {"b": 1,},}',
        CALL,
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"[TOOL_CALLS][{CALL}]",
        '<function=submit_grade>{"a": {"b": 1}}</function>',
        '{"name": "submit_grade", "parameters": {"a": {"b": 1}}}',
        '{"name": "submit_grade", "arguments": "{\\"a\\": {\\"b\\": 1}}"}',
        f'{{"type": "function", "function": {CALL}}}',
    ],
)
def test_one_object_is_read_whatever_is_around_it(text: str) -> None:
    assert parse_only_object(text) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"quote": "<think> and {\\"a\\": 1} and ,}"}', '<think> and {"a": 1} and ,}'),
        ('{"quote": "one\ntwo"}', "one\ntwo"),
        ('{"quote": "a, ]",}', "a, ]"),
        ('{"quote": "\\ud800"}', "\ud800"),
    ],
)
def test_what_a_string_holds_is_only_text(text: str, value: str) -> None:
    assert parse_only_object(text) == {"quote": value}


def test_an_object_with_a_name_of_its_own_is_no_tool_call() -> None:
    for text in ('{"name": "Ada", "a": 1}', '{"name": "Ada"}', '{"name": 1, "id": 2}'):
        assert "name" in str(parse_only_object(text))


PROSE = "text stands around the JSON object; reply with the object alone"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the reply is empty"),
        ("  \n", "the reply is empty"),
        ("<think>Hm.</think>", "the reply is empty"),
        ('<think>{"a": 1}', "the reply is empty"),
        ("I would say good.", "the reply holds no JSON object"),
        ("{'a': 1}", "the reply holds no JSON object"),
        ("{", "the JSON object is cut off"),
        ('{"a": "b', "the JSON object is cut off"),
        ('{"a": {"b": 1}', "the JSON object is cut off"),
        ('{"a": {"b": 1} "c": 2}', "the JSON is broken"),
        ('{"a": 1, // a note\n"b": 2}', "the JSON is broken"),
        ('{"a": 1}{"a": 1}', "more than one JSON object"),
        ('{"a": 1} or {"a": broken', "more than one JSON object"),
        ('[{"a": 1}, {"a": 1}]', "more than one JSON object"),
        ('{"a": 1, "a": 2}', "a field is given twice"),
        ('{"b": {"a": 1, "a": 1}}', "a field is given twice"),
        ('{"a": ' + "9" * 6_000 + "}", "a number is far too long"),
        ("x" * 100_001, "the reply is far too long"),
        ('{"a":' * 15_000 + "1" + "}" * 15_000, "the JSON is nested too deeply"),
        ('The format would be {"a": 1}', PROSE),
        ('For example:\n{"a": 1}', PROSE),
        ('Das Format wäre {"a": 1}', PROSE),
        ('{"a": 1}\nWait, that isn’t right.', PROSE),
        ('{"a": 1}\nFinal verdict: weak', PROSE),
        ("So it is. " * 20 + '{"a": 1}', PROSE),
        ('{"a": 1}' + " So it is." * 20, PROSE),
    ],
)
def test_anything_but_one_object_is_malformed(text: str, reason: str) -> None:
    with pytest.raises(MalformedReply) as caught:
        parse_only_object(text)
    assert caught.value.reasons == (reason,)
