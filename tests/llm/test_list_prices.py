"""List prices: that of the endpoint's own provider, or none, never a guess."""

import pytest

from service.llm.chat import Usage, find_list_price

USAGE = Usage(input_tokens=1_000_000, cached_input_tokens=400_000, output_tokens=100_000)


OPENAI = "https://api.openai.com/v1/"


def test_a_known_model_of_its_own_provider_has_a_list_price() -> None:
    uncached = USAGE.model_copy(update={"cached_input_tokens": 0})
    assert find_list_price(uncached, "gpt-4o-mini", OPENAI) == pytest.approx(0.21)
    assert find_list_price(USAGE, "gpt-4o-mini", OPENAI) == pytest.approx(0.18)


@pytest.mark.parametrize(
    ("model", "base_url"),
    [("no-such-model", "https://api.openai.com/v1"), ("gpt-4o-mini", "http://127.0.0.1:8712/v1")],
)
def test_an_unknown_model_or_endpoint_has_no_price(model: str, base_url: str) -> None:
    assert find_list_price(USAGE, model, base_url) is None
