"""Adapt any LangChain chat model to the chat-model seam."""

import asyncio
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from service.errors import ModelUnavailable
from service.llm.chat import Completion, Message, OutputSchema, Usage

__all__ = ["LangChainModel"]

_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class LangChainModel:
    """A LangChain chat model in place of the openai adapter.

    Only the prompt asks for JSON here, and the parser checks it. Retries are the chat model's own.
    Its cost is unknown, and log-probabilities are not read.
    """

    def __init__(self, model: BaseChatModel, name: str) -> None:
        self._model = model
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    async def complete(
        self, messages: Sequence[Message], output: OutputSchema, *, deadline: float
    ) -> Completion:
        """See ChatModel.complete."""
        converted = [_MESSAGES[message.role](content=message.text) for message in messages]
        try:
            async with asyncio.timeout_at(deadline):
                reply = await self._model.ainvoke(converted)
        except TimeoutError as error:
            raise ModelUnavailable(f"model {self._name!r}: no reply in time") from error
        except Exception as error:  # each LangChain vendor package raises its own kinds
            kind = type(error).__name__
            raise ModelUnavailable(f"model {self._name!r}: {kind}") from error
        return Completion(text=str(reply.text), model=self._name, usage=_read_usage(reply))

    async def aclose(self) -> None:
        """Do nothing: the chat model belongs to the caller who made it."""


def _read_usage(reply: BaseMessage) -> Usage:
    counted = reply.usage_metadata if isinstance(reply, AIMessage) else None
    if not counted:
        return Usage()
    details = counted.get("input_token_details") or {}
    return Usage(
        input_tokens=counted["input_tokens"],
        cached_input_tokens=details.get("cache_read") or 0,
        output_tokens=counted["output_tokens"],
    )
