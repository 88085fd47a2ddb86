"""A refusal is told by its finish reason, its error or its words; nothing else is one."""

import pytest

from service.llm.refusals import declines_in_prose, is_refusal_error, is_refusal_reason


@pytest.mark.parametrize(
    "reason",
    [
        *("content_filter", "SAFETY", "content_filter: PROHIBITED_CONTENT", "RECITATION"),
        *("refusal", "guardrail_intervened", "BLOCKLIST", "SPII", "sensitive"),
    ],
)
def test_a_finish_reason_may_be_a_refusal(reason: str) -> None:
    assert is_refusal_reason(reason)


@pytest.mark.parametrize("reason", ["", "stop", "length", "tool_calls", "MAX_TOKENS", "error"])
def test_other_finish_reasons_are_none(reason: str) -> None:
    assert not is_refusal_reason(reason)


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "The response was filtered content_filter", True),
        (400, "ResponsibleAIPolicyViolation", True),
        (400, "data_inspection_failed", True),
        (403, "Your input was flagged: violence", True),
        (422, "rejected by our safety system", True),
        (403, "You are not allowed to request logprobs from this model", False),
        (400, "Invalid schema for response_format", False),
        (401, "content_filter", False),
        (500, "moderation", False),
    ],
)
def test_an_error_is_a_refusal_by_its_words(status: int, words: str, expected: bool) -> None:
    assert is_refusal_error(status, words) is expected


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m unable to assist with this request.",
        "I cannot grade this answer.",
        "I must decline.",
        "This content violates our usage policies.",
        "Es tut mir leid, dabei kann ich nicht helfen.",
        'I can\'t grade this; the format would be {"verdict": "weak"}',
        "<think>Shall I?</think>I won't do that.",
    ],
)
def test_prose_may_decline(text: str) -> None:
    assert declines_in_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The answer is weak.",
        "They can't say how deletes arrive.",
        'Here it is: {"quote": "I can\'t help with that"}',
        '{"rationale": "I cannot assist"}',
        "<think>I can't grade this.</think>Weak.",
    ],
)
def test_prose_about_the_answer_does_not(text: str) -> None:
    assert not declines_in_prose(text)
