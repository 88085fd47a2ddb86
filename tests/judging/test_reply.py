import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import MalformedReply
from service.judging.models import Verdict
from service.judging.reply import make_reply_schema, parse_reply
from tests.fakes import a_question

QUESTION = a_question()
ABSENT = {"status": "absent", "quote": ""}


def a_reply(**changes: Any) -> dict[str, Any]:
    signals = {"good.1": ABSENT, "good.2": ABSENT, "weak.1": ABSENT}
    return {"signals": signals, "rationale": "Nothing.", "verdict": "weak"} | changes


TEXT = json.dumps(a_reply())


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"Sure! Here is my grade:\n```json\n{TEXT}\n```\nHope this helps {{smiles}}.",
        f"<think>maybe {{'verdict': 'good'}} {TEXT}</think>{TEXT}",
        json.dumps(
            a_reply(signals=a_reply()["signals"] | {"good.1": {"status": "absent", "quote": None}})
        ),
    ],
)
def test_one_reply_is_read_whatever_stands_around_it(text: str) -> None:
    reply = parse_reply(text, QUESTION)
    assert reply.verdict is Verdict.WEAK
    assert reply.signals["good.1"].quote == ""


def test_capitals_and_further_fields_change_nothing() -> None:
    claim = {"status": "SHOWN", "quote": "soup", "sure": True}
    changes: dict[str, Any] = {"signals": a_reply()["signals"] | {"good.1": claim}}
    more = {"confidence": 0.99, "note": "Named.", "empty": None}
    reply = parse_reply(json.dumps(a_reply(verdict=" Good ", **changes, **more)), QUESTION)
    assert (reply.verdict, reply.signals["good.1"].status) == (Verdict.GOOD, "shown")


@pytest.mark.parametrize(
    ("second", "is_borderline"),
    [("partial", True), ("None", False), (None, False), ("weak", False)],
)
def test_a_second_verdict_makes_a_reply_borderline_if_it_is_another(
    second: str | None, is_borderline: bool
) -> None:
    reply = parse_reply(json.dumps(a_reply(second=second)), QUESTION, with_second=True)
    assert reply.is_borderline is is_borderline


@pytest.mark.parametrize("changes", [{}, {"second": "perhaps"}, {"second": ["weak", "good"]}])
def test_a_second_verdict_that_is_asked_for_must_be_told(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedReply, match="second"):
        parse_reply(json.dumps(a_reply(**changes)), QUESTION, with_second=True)


def test_a_second_verdict_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(MalformedReply, match="a field that the format does not have"):
        parse_reply(json.dumps(a_reply(second="good")), QUESTION)


def test_the_schema_asks_for_a_second_verdict_only_if_the_prompt_does() -> None:
    plain, with_second = (
        make_reply_schema(QUESTION, with_second=asked).schema for asked in (False, True)
    )
    assert list(plain["properties"]) == ["signals", "rationale", "verdict"]
    assert list(with_second["properties"]) == ["signals", "rationale", "verdict", "second"]
    assert with_second["required"] == list(with_second["properties"])


def test_no_more_faults_are_told_than_a_model_can_use() -> None:
    many = {f"field {n}": [n] for n in range(1_000)}
    with pytest.raises(MalformedReply) as caught:
        parse_reply(json.dumps(a_reply(**many)), QUESTION)
    assert len(caught.value.reasons) == 20


@pytest.mark.parametrize("text", ["[1]", '{"signals": 7}', '{"signals": {"good.1": "shown"}}'])
def test_an_object_of_another_form_is_malformed(text: str) -> None:
    with pytest.raises(MalformedReply):
        parse_reply(text, QUESTION)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the reply is empty"),
        ("  \n", "the reply is empty"),
        ("I would say good.", "the reply holds no JSON object"),
        (TEXT[:-20], "the JSON object is cut off"),
        (TEXT + TEXT, "more than one JSON object"),
        ("[" + TEXT + "," + TEXT + "]", "more than one JSON object"),
        ('{"verdict": "good", "verdict": "weak"}', "a field is given twice"),
        ("x" * 100_001, "the reply is far too long"),
        (
            json.dumps(a_reply(verdict="Good.")),
            "verdict: Input should be 'good', 'partial', 'weak' or 'unanswered'",
        ),
        (json.dumps(a_reply(final="Weak")), "reply: a field that the format does not have"),
        (json.dumps(a_reply(more={"a": 1})), "reply: a field that the format does not have"),
        (
            json.dumps(a_reply(signals={"good.1": ABSENT, "weak.1": ABSENT})),
            "signal good.2 is missing",
        ),
        (
            json.dumps(a_reply(signals=a_reply()["signals"] | {"good.9": ABSENT})),
            "unknown signal ids; use only good.1, good.2, weak.1",
        ),
        (
            json.dumps(
                a_reply(signals=a_reply()["signals"] | {"good.1": {"status": "yes", "quote": ""}})
            ),
            "signals.good.1.status: Input should be 'shown', 'planned', 'contradicted' or 'absent'",
        ),
    ],
)
def test_a_malformed_reply_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MalformedReply) as caught:
        parse_reply(text, QUESTION)
    assert caught.value.reasons == (reason,)


def test_a_deeply_nested_reply_is_refused() -> None:
    with pytest.raises(MalformedReply, match="nested too deeply"):
        parse_reply('{"a":' * 15_000 + "1" + "}" * 15_000, QUESTION)


KEY = st.sampled_from(["signals", "verdict", "good.1", "SECRET"])


@given(st.recursive(st.none() | st.just("SECRET"), lambda v: st.lists(v) | st.dictionaries(KEY, v)))
def test_reasons_never_repeat_what_the_model_wrote(value: object) -> None:
    with pytest.raises(MalformedReply) as caught:
        parse_reply(json.dumps({"SECRET": value, "signals": value, "verdict": "SECRET"}), QUESTION)
    assert "SECRET" not in str(caught.value)


def test_a_rationale_is_kept_without_what_no_database_stores() -> None:
    text = json.dumps(a_reply(rationale="a\x00b\ud800c\n" + "x" * 3000))
    rationale = parse_reply(text, QUESTION).rationale
    assert rationale.startswith("abc\nxx")
    assert len(rationale) == 2000


def test_the_schema_asks_for_every_signal_before_the_verdict_and_for_nothing_else() -> None:
    output = make_reply_schema(QUESTION)
    schema = output.schema
    assert (output.name, output.purpose) == ("grade", "grade this answer")
    assert list(schema["properties"]) == ["signals", "rationale", "verdict"]
    assert schema["properties"]["signals"]["required"] == ["good.1", "good.2", "weak.1"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["verdict"]["enum"] == ["good", "partial", "weak", "unanswered"]
