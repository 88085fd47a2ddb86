"""Load prompts, which are versioned YAML files, and render them with langchain-core.

What is the same for all answers comes first in a prompt, so that providers can cache it.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.errors import ConfigurationError
from service.judging.models import Answer
from service.judging.untrusted import delimit
from service.judging.verdict_definitions import PROMPTS
from service.llm.chat import Message
from service.playbooks.models import Question, Signal, SignalKind
from service.records import Frozen, first_fault

__all__ = ["PROMPTS", "Prompt", "load_prompt"]

_VARIABLES = {
    "grade": {"question", "good_signals", "weak_signals", "signal_ids", "conversation"},
    "assign": {"questions", "lines"},
}
_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "human": "user",
    "ai": "assistant",
}


class PromptMessage(Frozen):
    """One message; `{name}` is a variable, `{{` and `}}` are braces."""

    role: Literal["system", "user"]
    text: Annotated[str, Field(min_length=1)]


class Prompt(Frozen):
    """One released version of a prompt; a change is a new file with the next version."""

    name: Literal["grade", "assign"]
    version: Annotated[int, Field(ge=1)]
    asks_second_verdict: Annotated[
        bool,
        Field(description="Whether the reply names the other verdict that could be defended."),
    ] = False
    variables: tuple[str, ...]
    messages: Annotated[tuple[PromptMessage, ...], Field(min_length=1)]
    repair: Annotated[str, Field(min_length=1)]

    @property
    def id(self) -> str:
        return f"{self.name}@{self.version}"

    @cached_property
    def digest(self) -> str:
        """Identify this prompt: 12 hexadecimal digits that change with any word."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:12]

    def render(self, question: Question, answer: Answer) -> list[Message]:
        """Render the messages that ask for a grade, always the same for the same answer."""
        return self.fill(
            question=question.text,
            good_signals=_list_signals(question.of_kind(SignalKind.GOOD)),
            weak_signals=_list_signals(question.of_kind(SignalKind.WEAK)),
            signal_ids=", ".join(signal.id for signal in question.signals),
            conversation=delimit(answer),
        )

    def fill(self, **values: str) -> list[Message]:
        """Render the messages with these values for the variables."""
        rendered = self._template.format_messages(**values)
        return [Message(_ROLES[message.type], str(message.content)) for message in rendered]

    def render_repair(self, reply: str, faults: Sequence[str]) -> list[Message]:
        """Render the messages that follow a faulty reply: the reply itself, and its faults."""
        listed = "\n".join(f"- {fault}" for fault in faults)
        text = PromptTemplate.from_template(self.repair).format(faults=listed)
        return [Message("assistant", reply), Message("user", text)]

    @cached_property
    def _template(self) -> ChatPromptTemplate:
        return ChatPromptTemplate.from_messages([(m.role, m.text) for m in self.messages])

    @model_validator(mode="after")
    def _check_variables(self) -> Self:
        """Refuse undeclared variables: langchain-core makes one of every brace written once."""
        used = set(self._template.input_variables)
        known = _VARIABLES[self.name]
        if used != set(self.variables) or used - known:
            raise ValueError(
                f"the text uses {sorted(used)} and declares {sorted(self.variables)}; they must be "
                f"equal and among {sorted(known)} (write a literal brace twice)"
            )
        if set(PromptTemplate.from_template(self.repair).input_variables) != {"faults"}:
            raise ValueError("repair must use {faults} and no other variable")
        return self


def load_prompt(prompt_id: str, folder: Path = PROMPTS) -> Prompt:
    """Load the prompt `name@version` of a folder; ConfigurationError says what is wrong with it."""
    file = folder / f"{prompt_id}.yaml"
    if Path(prompt_id).name != prompt_id or not file.is_file():
        known = ", ".join(sorted(f.stem for f in folder.glob("*@*.yaml")))
        raise ConfigurationError(f"no prompt {prompt_id!r}; there are {known}")
    try:
        prompt = Prompt.model_validate(YAML(typ="safe").load(file))
    except YAMLError as error:
        raise ConfigurationError(f"{file}: not YAML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {first_fault(error)}") from error
    if prompt.id != prompt_id:
        raise ConfigurationError(f"{file}: holds the prompt {prompt.id}; rename one of them")
    return prompt


def _list_signals(signals: Sequence[Signal]) -> str:
    return "\n".join(f"- {signal.id}: {signal.text}" for signal in signals)
