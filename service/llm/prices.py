"""What a call cost, from published list prices."""

from service.llm.chat import Usage

__all__ = ["cost_usd"]


def cost_usd(usage: Usage, model: str, base_url: str) -> float | None:
    """The list price in US dollars, from genai-prices; None where the model has none there.

    The endpoint's own provider is looked up first; behind an unknown endpoint (a gateway, a local
    server) no price is assumed.
    """
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_input_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        price = calc_price(tokens, model, provider_api_url=base_url)
    except LookupError:
        return None
    return float(price.total_price)
