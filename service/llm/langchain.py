"""Adapt any LangChain chat model to the chat-model seam."""

import asyncio
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from service.errors import ModelRefused, ModelUnavailable
from service.llm.chat import Completion, Message, OutputSchema, Usage
from service.llm.refusals import is_refusal_reason
from service.llm.server_reply import is_cut_reason, read_count

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
        reason = _read_finish_reason(reply)
        if is_refusal_reason(reason):
            raise ModelRefused(f"the model declined to {output.purpose}")
        return Completion(
            text=str(reply.text),
            model=self._name,
            usage=_read_usage(reply),
            cost_usd=None,
            is_cut=is_cut_reason(reason),
        )

    async def aclose(self) -> None:
        """Do nothing: the chat model belongs to the caller who made it."""


def _read_usage(reply: BaseMessage) -> Usage:
    counted = reply.usage_metadata if isinstance(reply, AIMessage) else None
    if not counted:
        return Usage()
    details = counted.get("input_token_details") or {}
    return Usage(
        input_tokens=read_count(counted.get("input_tokens")) or 0,
        cached_input_tokens=read_count(details.get("cache_read")) or 0,
        output_tokens=read_count(counted.get("output_tokens")) or 0,
    )


def _read_finish_reason(reply: BaseMessage) -> str:
    """Read why the reply ended, as OpenAI, Google and Anthropic name it; empty if nobody says."""
    said = (reply.response_metadata.get(name) for name in ("finish_reason", "stop_reason"))
    return next((reason for reason in said if isinstance(reason, str)), "")
