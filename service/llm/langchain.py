"""Any LangChain chat model behind the chat-model seam."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from service.errors import ModelUnavailable
from service.llm.chat import Completion, Message, Usage

__all__ = ["LangChainModel"]

_MESSAGES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class LangChainModel:
    """Takes the openai adapter's place; the prompt alone asks for JSON, the parser makes sure.

    Retries are the chat model's own; its cost is unknown, and log-probabilities are not read.
    """

    def __init__(self, model: BaseChatModel, name: str) -> None:
        self._model = model
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    async def complete(
        self, messages: Sequence[Message], schema: Mapping[str, Any], *, deadline: float
    ) -> Completion:
        """See ChatModel.complete."""
        said = [_MESSAGES[message.role](content=message.text) for message in messages]
        try:
            async with asyncio.timeout_at(deadline):
                reply = await self._model.ainvoke(said)
        except TimeoutError as error:
            raise ModelUnavailable(f"model {self._name!r}: no reply in time") from error
        except Exception as error:  # each LangChain vendor package raises its own kinds
            what = type(error).__name__
            raise ModelUnavailable(f"model {self._name!r}: {what}") from error
        counted = reply.usage_metadata if isinstance(reply, AIMessage) else None
        usage = Usage()
        if counted:
            details = counted.get("input_token_details") or {}
            usage = Usage(
                input_tokens=counted["input_tokens"],
                cached_input_tokens=details.get("cache_read") or 0,
                output_tokens=counted["output_tokens"],
            )
        return Completion(text=str(reply.text), model=self._name, usage=usage)

    async def aclose(self) -> None:
        """Nothing to give back: the chat model belongs to its caller."""
