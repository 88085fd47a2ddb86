"""What a run would take, told before anything is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.evaluation.runs.runner import Item
from service.judging.models import Answer
from service.judging.prompt import Prompt
from service.llm.chat import Usage, find_list_price

__all__ = ["Budget", "budget"]

_CHARACTERS_PER_TOKEN = 4.2  # measured with o200k and Qwen's tokens on grade@1: 4.1 to 4.4
_REPLY_TOKENS = 40
_SIGNAL_TOKENS = 30


@dataclass(frozen=True)
class Budget:
    """Calls, tokens and US dollars expected, repairs and retries left out; cost None if unknown."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


def budget(items: Sequence[Item], prompt: Prompt, *, model: str, base_url: str) -> Budget:
    """An estimate from the length of the rendered prompts and the number of signals."""
    characters = sum(
        len(message.text)
        for item in items
        for message in prompt.render(item.question, Answer.of(item.case.answer))
    )
    usage = Usage(
        input_tokens=round(characters / _CHARACTERS_PER_TOKEN),
        output_tokens=sum(
            _REPLY_TOKENS + _SIGNAL_TOKENS * len(item.question.signals) for item in items
        ),
    )
    cost = find_list_price(usage, model, base_url)
    return Budget(len(items), usage.input_tokens, usage.output_tokens, cost)
