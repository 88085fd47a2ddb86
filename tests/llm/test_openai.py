"""The openai adapter against a real server that misbehaves; the judge's tests go through it too."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest

from service.errors import ModelRefused, ModelUnavailable
from service.llm.chat import Completion, Message, OutputSchema, Token
from service.llm.openai import Concession, OpenAIModel
from service.llm.server_reply import read_server_reply
from service.llm.structured_output import OutputMode
from tests.faulty_server import (
    Behaviour,
    FaultyServer,
    faulty_server,
    json_object_refused,
    option_refused,
    parameter_refused,
    raw,
    refusal,
    reply,
    schema_broken,
    schema_refused,
    status,
    tool_reply,
    tools_refused,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
OUTPUT = OutputSchema(name="menu", purpose="write the menu", schema=SCHEMA)
MESSAGES = [Message("user", "What is there to eat?")]
_NAMED = {"name": "menu", "strict": True, "schema": SCHEMA}
_TOOL = {"name": "submit_menu", "strict": True, "parameters": SCHEMA}
FORMS: dict[OutputMode, dict[str, Any]] = {
    OutputMode.JSON_SCHEMA: {
        "response_format": {"type": "json_schema", "json_schema": _NAMED},
    },
    OutputMode.TOOL: {
        "tools": [{"type": "function", "function": _TOOL}],
        "tool_choice": {"type": "function", "function": {"name": "submit_menu"}},
    },
    OutputMode.JSON_OBJECT: {"response_format": {"type": "json_object"}},
    OutputMode.TEXT: {},
}


@asynccontextmanager
async def serving(
    *script: Behaviour, name: str = "asked-model"
) -> AsyncIterator[tuple[OpenAIModel, FaultyServer]]:
    async with faulty_server(script) as server:
        model = OpenAIModel(
            openai.AsyncOpenAI(base_url=server.base_url, api_key="test"),
            name,
            options={"temperature": 0.0, "logprobs": True},
            request_timeout_s=2.0,
            max_attempts=3,
        )
        yield model, server
        await model.aclose()


async def complete(model: OpenAIModel, *, seconds: float = 10) -> Completion:
    deadline = asyncio.get_running_loop().time() + seconds
    return await model.complete(MESSAGES, OUTPUT, deadline=deadline)


async def test_a_completion_says_who_replied_what_and_what_it_took() -> None:
    logprobs = [("soup", {"soup": -0.1, "stew": -2.5})]
    async with serving(status(503), reply("soup", logprobs=logprobs)) as (model, _):
        completion = await complete(model)
    assert (completion.text, completion.model, completion.attempts) == ("soup", "test-model", 2)
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (100, 20)
    assert completion.tokens == (Token("soup", -0.1, (("soup", -0.1), ("stew", -2.5))),)
    assert completion.cost_usd is None


@pytest.mark.parametrize(
    ("refused", "mode"),
    [
        ([], OutputMode.JSON_SCHEMA),
        ([schema_refused], OutputMode.TOOL),
        ([schema_refused, tools_refused], OutputMode.JSON_OBJECT),
        ([schema_refused, tools_refused, json_object_refused], OutputMode.TEXT),
    ],
)
async def test_output_is_asked_for_under_the_callers_name_in_the_mode_that_is_left(
    refused: Sequence[Behaviour], mode: OutputMode
) -> None:
    said = tool_reply("{}", name="submit_menu") if mode is OutputMode.TOOL else reply("{}")
    async with serving(*refused, said) as (model, server):
        assert (await complete(model)).text == "{}"
        assert model.output_mode is mode
    body = server.requests[-1].body
    outputs = {"response_format", "tools", "tool_choice"}
    assert {name: value for name, value in body.items() if name in outputs} == FORMS[mode]


@pytest.mark.parametrize("declined", [refusal("No."), reply("", finish_reason="content_filter")])
async def test_a_refusal_is_told_in_the_callers_words(declined: Behaviour) -> None:
    async with serving(declined) as (model, server):
        with pytest.raises(ModelRefused, match=r"^the model declined to write the menu$"):
            await complete(model)
    assert len(server.requests) == 1, "a refusal is not asked for again"


async def test_what_a_server_refused_is_not_asked_again() -> None:
    script = [schema_refused, parameter_refused("logprobs"), tool_reply("{}", name="submit_menu")]
    async with serving(*script) as (model, server):
        for _ in range(2):
            await complete(model)
    assert len(server.requests) == 4
    assert "tools" in server.requests[-1].body
    assert "logprobs" not in server.requests[-1].body


async def test_what_was_refused_is_told_with_the_status_that_refused_it() -> None:
    logprobs = option_refused("logprobs", 403, "You are not allowed to request logprobs")
    async with serving(logprobs, schema_refused, reply("{}")) as (model, _):
        assert not model.concessions
        await complete(model)
        assert model.concessions == (Concession("logprobs", 403), Concession("json_schema", 400))


async def test_a_known_limit_costs_no_call() -> None:
    script = [parameter_refused("temperature"), parameter_refused("logprobs"), reply("{}")]
    async with serving(*script, name="gpt-5-mini") as (model, server):
        await complete(model)
        known = (Concession("logprobs", None), Concession("temperature", None))
        assert model.concessions == known
    assert len(server.requests) == 1


async def test_a_500_is_an_outage_once_the_server_has_taken_a_schema() -> None:
    async with serving(reply("{}"), status(500), reply("{}")) as (model, server):
        await complete(model)
        await complete(model)
        assert model.output_mode is OutputMode.JSON_SCHEMA
    assert len(server.requests) == 3


async def test_a_500_to_a_schema_steps_down_once_and_that_is_remembered() -> None:
    async with serving(schema_broken, tool_reply("{}", name="submit_menu")) as (model, server):
        await complete(model)
        await complete(model)
        assert model.output_mode is OutputMode.TOOL
    assert len(server.requests) == 3


async def test_a_refusal_by_an_error_is_one_call() -> None:
    filtered = raw({"error": {"message": "filtered", "code": "content_filter"}}, code=400)
    async with serving(filtered) as (model, server):
        with pytest.raises(ModelRefused, match=r"^the model declined to write the menu$"):
            await complete(model)
    assert len(server.requests) == 1


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": "many"}])
async def test_without_usage_the_cost_is_unknown_and_not_nothing(usage: Any) -> None:
    async with serving(reply("{}", usage=usage)) as (model, _):
        model._client.base_url = "https://api.openai.com/v1/"
        priced = model._find_cost(read_server_reply(reply("{}", usage=usage).body))
    assert priced is None


async def test_retry_after_is_honoured() -> None:
    waiting = status(429, headers={"Retry-After": "1"})
    async with serving(waiting, reply("{}")) as (model, server):
        await complete(model)
    assert server.requests[1].at - server.requests[0].at >= 1.0


@pytest.mark.parametrize("asked", ["60", "Fri, 01 Jan 2100 00:00:00 GMT"])
async def test_a_wait_past_the_deadline_is_not_begun(asked: str) -> None:
    async with serving(status(429, headers={"Retry-After": asked})) as (model, server):
        with pytest.raises(ModelUnavailable, match="HTTP 429 after 1 call") as caught:
            await complete(model, seconds=5)
    assert len(server.requests) == 1
    assert caught.value.retry_after_s is not None
    assert caught.value.retry_after_s >= 60.0
