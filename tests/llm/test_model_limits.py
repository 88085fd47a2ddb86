"""Known limits cost no call, and the default model is one that there is."""

import re
from typing import get_args

import pytest
from openai.types.shared.chat_model import ChatModel

from service.llm.chat import Usage, find_list_price
from service.llm.model_limits import find_limits
from service.settings import Settings

SAMPLING = {"temperature", "logprobs", "top_logprobs"}


@pytest.mark.parametrize(
    "model",
    [
        *("gpt-5", "gpt-5-mini", "openai/gpt-5-nano-2025-08-07", "gpt-5.5", "gpt-6.2-astra"),
        *("o3-mini", "o4-mini-2025-04-16", "GPT-5-Mini"),
    ],
)
def test_a_model_that_always_reasons_takes_no_sampling_options(model: str) -> None:
    assert find_limits(model) == SAMPLING


@pytest.mark.parametrize(
    "model", ["gpt-4.1-mini", "gpt-5.4-mini", "gpt-5-chat-latest", "gpt-oss-20b", "my-gpt-5"]
)
def test_of_any_other_model_nothing_is_assumed(model: str) -> None:
    assert find_limits(model) == set()


def test_the_default_model_exists_and_is_cheap() -> None:
    [model] = Settings(_env_file=None).models
    assert model in get_args(ChatModel)
    grade = Usage(input_tokens=1_500, output_tokens=1_000)
    price = find_list_price(grade, model, "https://api.openai.com/v1/")
    assert price is not None and price < 0.01
    assert re.fullmatch(r"[a-z0-9.-]+", model)
