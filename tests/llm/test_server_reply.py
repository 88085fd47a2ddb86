"""Figures that can't be right are unknown; what is no completion is never half read."""

import json
from typing import Any

import pytest

from service.llm.chat import Token, Usage
from service.llm.server_reply import (
    NotACompletion,
    ServerReply,
    is_cut_reason,
    read_error_words,
    read_server_reply,
)

MESSAGE = {"role": "assistant", "content": "soup"}


def read(**changes: Any) -> ServerReply:
    choice = {"message": MESSAGE, "finish_reason": "stop", **changes.pop("choice", {})}
    return read_server_reply(json.dumps({"choices": [choice], **changes}).encode())


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 3.0}, (9, 3)),
        ({"prompt_tokens": 9}, None),
        ({"prompt_tokens": "9", "completion_tokens": 3}, None),
        ({"prompt_tokens": -9, "completion_tokens": 3}, None),
        ({"prompt_tokens": True, "completion_tokens": 3}, None),
        ({"prompt_tokens": 1e308, "completion_tokens": 3}, None),
        ({"prompt_tokens": float("nan"), "completion_tokens": 3}, None),
        (None, None),
        ("9", None),
    ],
)
def test_usage_is_counted_or_unknown(usage: Any, expected: tuple[int, int] | None) -> None:
    found = read(usage=usage).usage
    assert (found and (found.input_tokens, found.output_tokens)) == expected


def test_a_count_of_six_thousand_digits_is_unknown() -> None:
    text = json.dumps({"choices": [{"message": MESSAGE}], "usage": {"prompt_tokens": 7}})
    assert read_server_reply(text.replace("7", "7" * 6_000).encode()).usage is None


def test_no_more_tokens_are_cached_than_were_asked() -> None:
    details = {"cached_tokens": 99}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": details}
    assert read(usage=usage).usage == Usage(input_tokens=9, cached_input_tokens=9, output_tokens=3)


@pytest.mark.parametrize(
    ("cost", "charged"),
    [
        *((0.25, 0.25), (0, 0.0), ("1", None), (-1, None), (True, None)),
        *((float("nan"), None), (float("inf"), None), (1e308, None)),
    ],
)
def test_a_charge_is_a_sum_of_money_or_unknown(cost: Any, charged: float | None) -> None:
    reply = read(usage={"cost": cost})
    assert (reply.has_charge, reply.charged_usd) == (True, charged)


@pytest.mark.parametrize("logprob", [900, 0.1, float("nan"), float("-inf"), "-0.1", None, True])
def test_one_impossible_log_probability_leaves_none(logprob: Any) -> None:
    sound = {"token": "so", "logprob": -0.5}
    spoilt = {"token": "up", "logprob": logprob}
    assert read(choice={"logprobs": {"content": [sound]}}).tokens == (Token("so", -0.5),)
    assert read(choice={"logprobs": {"content": [sound, spoilt]}}).tokens == ()
    nested = {**sound, "top_logprobs": [spoilt]}
    assert read(choice={"logprobs": {"content": [nested]}}).tokens == ()


@pytest.mark.parametrize(
    ("name", "read_as"),
    [("m-1", "m-1"), (5, ""), (None, ""), ("a\ud800", ""), ("a\0", ""), ("a" * 201, "")],
)
def test_a_model_has_a_name_that_can_be_stored(name: Any, read_as: str) -> None:
    assert read(model=name).model == read_as


def test_only_the_first_choice_must_be_sound() -> None:
    choices = [{"message": MESSAGE}, None, 7]
    assert read_server_reply(json.dumps({"choices": choices}).encode()).text == "soup"


@pytest.mark.parametrize(
    ("reason", "is_cut"),
    [
        *(("stop", False), ("STOP", False), (" tool_calls", False), ("eos_token", False)),
        *(("", False), ("length", True), ("MAX_TOKENS", True), ("abort", True)),
    ],
)
def test_a_reply_ends_by_itself_or_is_cut(reason: str, is_cut: bool) -> None:
    assert is_cut_reason(reason) is is_cut
    assert read(choice={"finish_reason": reason}).is_cut is is_cut


def test_a_text_that_half_a_surrogate_pair_spoils_is_kept() -> None:
    message = {"content": "so\ud800up"}
    assert read(choice={"message": message}).text == "so\ud800up"


def test_a_body_that_is_no_json_is_no_completion() -> None:
    for content in (b"", b"{", b"\xff\xfe\xfa", b"null", b"[" * 100_000):
        with pytest.raises(NotACompletion):
            read_server_reply(content)


def test_an_errors_words_leave_out_the_request_that_it_repeats() -> None:
    fault = {"loc": ["body", "logprobs"], "msg": "Extra inputs", "input": {"temperature": 0}}
    words = read_error_words({"detail": [fault], "body": "temperature", "code": 400})
    assert words == "body logprobs Extra inputs 400"
    deep: Any = "end"
    for _ in range(50):
        deep = {"error": deep}
    assert read_error_words(deep) == ""
    assert read_error_words("plain words") == "plain words"
