"""The faulty server does what its behaviours say, as the real openai SDK sees it."""

import asyncio
import json
from typing import Any

import openai
import pytest
from anyio.from_thread import start_blocking_portal
from openai.types.chat import ChatCompletion

from tests.faulty_server import (
    Behaviour,
    FaultyServer,
    dropped_mid_body,
    empty_body,
    faulty_server,
    fixed_delay,
    html_page,
    json_object_refused,
    not_json,
    parameter_refused,
    refusal,
    reply,
    schema_refused,
    slow,
    status,
    tool_reply,
    tools_refused,
    truncated,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

JSON_SCHEMA: dict[str, Any] = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "grade", "schema": {}}}
}
JSON_OBJECT: dict[str, Any] = {"response_format": {"type": "json_object"}}
TOOLS: dict[str, Any] = {
    "tools": [{"type": "function", "function": {"name": "submit_grade", "parameters": {}}}]
}


async def ask(server: FaultyServer, text: str = "Grade this.", **options: Any) -> ChatCompletion:
    async with openai.AsyncOpenAI(
        base_url=server.base_url, api_key="test-key", max_retries=0, timeout=5
    ) as client:
        completion: ChatCompletion = await client.chat.completions.create(
            model="asked-model", messages=[{"role": "user", "content": text}], **options
        )
        return completion


async def content(server: FaultyServer, **options: Any) -> str | None:
    return (await ask(server, **options)).choices[0].message.content


def arguments(completion: ChatCompletion) -> str:
    calls = completion.choices[0].message.tool_calls
    assert calls is not None and calls[0].type == "function"
    return calls[0].function.arguments


async def test_behaviours_are_served_in_order_and_the_last_repeats() -> None:
    async with faulty_server([reply("one"), reply("two")]) as server:
        assert [await content(server) for _ in range(4)] == ["one", "two", "two", "two"]


async def test_requests_are_recorded_with_body_headers_and_time() -> None:
    async with faulty_server([reply("x")]) as server:
        await ask(server, "first", temperature=0)
        await asyncio.sleep(0.05)
        await ask(server, "second")
    first, second = server.requests
    assert first.body == {
        "model": "asked-model",
        "messages": [{"role": "user", "content": "first"}],
        "temperature": 0,
    }
    assert first.headers["authorization"] == "Bearer test-key"
    assert second.at - first.at >= 0.05


async def test_one_connection_carries_many_requests() -> None:
    async with (
        faulty_server([reply("x")]) as server,
        openai.AsyncOpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client,
    ):
        for number in range(20):
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": str(number) * 50_000}]
            )
    assert [len(r.body["messages"][0]["content"]) for r in server.requests] == [
        len(str(number)) * 50_000 for number in range(20)
    ]


async def test_a_reply_carries_model_usage_finish_reason_and_log_probabilities() -> None:
    answer = reply(
        {"verdict": "good"},
        logprobs=[("good", {"weak": -2.5, "good": -0.1})],
        usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
        finish_reason="content_filter",
        model="gpt-test",
    )
    async with faulty_server([answer]) as server:
        completion = await ask(server)
    choice = completion.choices[0]
    assert json.loads(choice.message.content or "") == {"verdict": "good"}
    assert (completion.model, choice.finish_reason) == ("gpt-test", "content_filter")
    assert completion.usage is not None and completion.usage.total_tokens == 7
    assert choice.logprobs is not None and choice.logprobs.content is not None
    token = choice.logprobs.content[0]
    assert (token.token, token.logprob) == ("good", -0.1)
    assert [(t.token, t.logprob) for t in token.top_logprobs] == [("good", -0.1), ("weak", -2.5)]


async def test_a_reply_without_usage_has_none() -> None:
    async with faulty_server([reply("x", usage=None)]) as server:
        assert (await ask(server)).usage is None


async def test_a_tool_reply_calls_the_tool_with_the_arguments_as_given() -> None:
    async with faulty_server([tool_reply({"a": 1}), tool_reply('{"a": ')]) as server:
        whole, broken = await ask(server, **TOOLS), await ask(server, **TOOLS)
    assert arguments(whole) == '{"a": 1}'
    assert arguments(broken) == '{"a": '
    assert whole.choices[0].finish_reason == "tool_calls"


async def test_a_refusal_has_no_content() -> None:
    async with faulty_server([refusal("I can't help with that.")]) as server:
        message = (await ask(server)).choices[0].message
    assert (message.content, message.refusal) == (None, "I can't help with that.")


async def test_a_truncated_reply_says_that_it_is_cut() -> None:
    async with faulty_server([truncated('{"verdict": "good"}', 8)]) as server:
        choice = (await ask(server)).choices[0]
    assert (choice.message.content, choice.finish_reason) == ('{"verdic', "length")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
async def test_a_status_reaches_the_caller_once(
    code: int, error: type[openai.APIStatusError]
) -> None:
    async with faulty_server([status(code, headers={"retry-after": "7"}), reply("x")]) as server:
        with pytest.raises(error) as caught:
            await ask(server)
    assert caught.value.status_code == code
    assert caught.value.response.headers["retry-after"] == "7"
    assert len(server.requests) == 1


async def test_a_status_can_have_any_body() -> None:
    async with faulty_server([status(502, body="<h1>Bad gateway</h1>")]) as server:
        with pytest.raises(openai.InternalServerError) as caught:
            await ask(server)
    assert caught.value.response.text == "<h1>Bad gateway</h1>"


async def test_a_dropped_body_breaks_off_after_the_headers() -> None:
    async with faulty_server([dropped_mid_body("x" * 1000), reply("whole")]) as server:
        with pytest.raises(openai.APIConnectionError) as caught:
            await ask(server)
        assert await content(server) == "whole"
    assert not isinstance(caught.value, openai.APITimeoutError)


@pytest.mark.parametrize("body", [html_page, not_json, empty_body])
async def test_a_200_that_is_no_completion_is_never_one(body: Behaviour) -> None:
    async with faulty_server([body]) as server:
        try:
            answer = await ask(server)
        except ValueError:
            return
    assert not isinstance(answer, ChatCompletion)


@pytest.mark.parametrize(
    ("refused", "request_body", "parameter"),
    [
        (schema_refused, JSON_SCHEMA, "response_format"),
        (json_object_refused, JSON_OBJECT, "response_format"),
        (tools_refused, TOOLS, "tools"),
        (parameter_refused("temperature"), {"temperature": 0}, "temperature"),
    ],
)
async def test_what_is_refused_stays_refused_and_the_rest_gets_through(
    refused: Behaviour, request_body: dict[str, Any], parameter: str
) -> None:
    async with faulty_server([refused, reply("one"), reply("two")]) as server:
        for answer in ("one", "two"):
            with pytest.raises(openai.BadRequestError) as caught:
                await ask(server, **request_body)
            assert caught.value.param == parameter
            assert parameter in caught.value.message
            assert await content(server) == answer


async def test_refusals_add_up() -> None:
    script: list[Behaviour] = [
        schema_refused,
        tools_refused,
        json_object_refused,
        reply("plain text"),
    ]
    async with faulty_server(script) as server:
        for request_body in (JSON_SCHEMA, TOOLS, JSON_OBJECT):
            with pytest.raises(openai.BadRequestError):
                await ask(server, **request_body)
        assert await content(server) == "plain text"


async def test_slow_and_fixed_delay_hold_the_reply_back() -> None:
    loop = asyncio.get_running_loop()
    async with faulty_server([slow(0.2, reply("a")), fixed_delay(200, "b")]) as server:
        for answer in ("a", "b"):
            started = loop.time()
            assert await content(server) == answer
            assert 0.2 <= loop.time() - started < 2


async def test_a_slow_reply_delays_no_other_and_times_out() -> None:
    async with faulty_server([slow(60, reply("late")), reply("now")]) as server:
        late = asyncio.create_task(ask(server, timeout=0.3))
        await asyncio.sleep(0.1)
        assert await content(server) == "now"
        with pytest.raises(openai.APITimeoutError):
            await late


async def test_leaving_does_not_wait_for_slow_replies() -> None:
    async with faulty_server([slow(60, reply("never"))]) as server:
        late = asyncio.create_task(ask(server))
        await asyncio.sleep(0.1)
    with pytest.raises(openai.APIConnectionError):
        await asyncio.wait_for(late, 2)


async def test_a_function_of_the_request_decides_the_reply() -> None:
    async with faulty_server([lambda body: reply(body["messages"][0]["content"][::-1])]) as server:
        assert (await ask(server, "abc")).choices[0].message.content == "cba"


async def test_a_request_that_nothing_answers_fails_loudly() -> None:
    async with faulty_server([schema_refused]) as server:
        with pytest.raises(openai.InternalServerError, match="nothing for this request"):
            await ask(server)


async def test_another_path_is_not_found() -> None:
    async with faulty_server([reply("x")]) as server:
        with pytest.raises(openai.NotFoundError, match="no route POST /wrong/chat/completions"):
            await ask(FaultyServer(server.base_url.replace("/v1", "/wrong"), []))
    assert server.requests == []


def test_code_without_an_event_loop_can_use_it_too() -> None:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(faulty_server([reply("x")])) as server,
        openai.OpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client,
    ):
        completion = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hi"}]
        )
    assert completion.choices[0].message.content == "x"
