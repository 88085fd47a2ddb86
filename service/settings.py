"""What can be configured, from the environment or a .env file; every name starts PROBEWISE_."""

import logging
import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.errors import ConfigurationError

__all__ = ["JudgeName", "Settings", "read_settings"]

JudgeName = Literal["llm", "embedded", "cascade"]

_ENV_FILE = ".env"
_RENAMED = {"PROBEWISE_API_KEY": "PROBEWISE_LLM_API_KEY"}
_log = logging.getLogger(__name__)


class Settings(BaseSettings):
    """All settings with their defaults; times in seconds, sizes in bytes, money in US dollars."""

    model_config = SettingsConfigDict(
        env_prefix="PROBEWISE_",
        env_file=_ENV_FILE,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        env_ignore_empty=True,
    )

    judge: JudgeName | None = Field(
        None, description="llm, embedded or cascade; unset: llm when a key or base URL is set."
    )
    llm_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices(
            "PROBEWISE_LLM_API_KEY", "PROBEWISE_API_KEY", "OPENAI_API_KEY"
        ),
        description="Key of the LLM endpoint; OPENAI_API_KEY works too.",
    )
    base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("PROBEWISE_BASE_URL", "OPENAI_BASE_URL"),
        description="Any OpenAI-compatible endpoint; OPENAI_BASE_URL works too.",
    )
    models: Annotated[tuple[str, ...], NoDecode, Field(min_length=1)] = Field(
        ("gpt-5-mini",),
        description="Model names, comma-separated; the next is asked when one is down.",
    )
    prompt: str = Field("grade@1", description="Prompt name and version, a file in prompts/.")
    assign_prompt: str = Field(
        "assign@1", description="Prompt that finds the answers in notes and transcripts."
    )
    temperature: float = Field(
        0.0, ge=0, le=2, description="Sampling temperature; left out where the server refuses it."
    )
    max_output_tokens: int | None = Field(
        None, ge=64, description="Longest reply; unset: the server's default."
    )
    deadline_s: float = Field(60.0, gt=0, description="Time for a whole grade, retries included.")
    request_timeout_s: float = Field(30.0, gt=0, description="Time for one call to the LLM.")
    max_attempts: int = Field(4, ge=1, le=10, description="Calls to one model before the next.")
    fallback: Literal["embedded", "none"] = Field(
        "embedded", description="Who grades when no model answers; none: the answer stays ungraded."
    )
    review_below: float = Field(
        0.6, ge=0, le=1, description="An LLM's grade of lower confidence asks for review."
    )
    embedded_model: Path | None = Field(
        None, description="Folder of the embedded judge's model; unset: the built-in one."
    )
    cascade_threshold: float = Field(
        0.8,
        ge=0,
        le=1,
        description="The cascade asks the LLM where the embedded judge is less sure.",
    )
    cache_size: int = Field(
        10_000,
        ge=0,
        description="Finished LLM grades kept in memory; 0: none, and no call is shared.",
    )
    ours: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Our own side in transcripts: names, companies, e-mail addresses or domains, "
        "separated by semicolons or commas. A name with a comma (`Okafor, Tom`) can be written as "
        "it is.",
    )
    playbooks: Path | None = Field(
        None, description="Folder of playbooks; unset: the built-in ones."
    )
    database_url: str = Field(
        "sqlite+aiosqlite:///probewise.sqlite3",
        description="Where grades are kept (SQLAlchemy URL).",
    )
    jobs_url: str | None = Field(
        None,
        description="Where runs of jobs are kept (sqlite:///file or a PostgreSQL URL); unset: "
        "beside the grades.",
    )
    jobs_at_once: int = Field(2, ge=1, description="Transcripts and batches graded at a time.")
    max_body_bytes: int = Field(262_144, ge=1024, description="Largest HTTP request body.")
    service_keys: SecretStr | None = Field(
        None,
        description="Keys that callers of the service must bear: a comma-separated list, or a file "
        "with one a line; see `probewise keys new`.",
    )
    service_pepper: SecretStr | None = Field(
        None, description="Secret that is part of how the service's keys are stored; optional."
    )
    insecure: bool = Field(
        False,
        description="Serve other machines although no keys are set, as `serve --insecure` does.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names by which callers reach the service, comma-separated; `*.example.com` "
        "is every name below, `*` every name. localhost and the server's own address always work.",
    )

    @field_validator("models", "allowed_hosts", mode="before")
    @classmethod
    def _split_models(cls, value: object) -> object:
        return _split_at(",", value) if isinstance(value, str) else value

    @field_validator("ours", mode="before")
    @classmethod
    def _split_ours(cls, value: object) -> object:
        return _split_people(value) if isinstance(value, str) else value

    @property
    def judge_in_use(self) -> JudgeName:
        """The configured judge, or what the presence of a key or base URL implies."""
        return self.judge or ("llm" if self.llm_api_key or self.base_url else "embedded")


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment, `overrides` first.

    Old names still work, and are told in the log. ConfigurationError names a setting that can't be
    used.
    """
    _warn_of_old_names()
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        name = str(fault["loc"][0]) if fault["loc"] else "settings"
        name = name if name.isupper() else f"PROBEWISE_{name.upper()}"
        raise ConfigurationError(f"{name}: {fault['msg']}") from error


def _split_at(separator: str, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(separator) if name.strip())


def _split_people(value: str) -> tuple[str, ...]:
    """Split names at semicolons, or else at commas outside quotation marks.

    `Okafor, Tom` may be one person or two: both readings are listed, since a name too many here
    leaves out words, and one too few would make ours the customer's.
    """
    if ";" in value:
        return tuple(name.strip('"') for name in _split_at(";", value))
    quoted = tuple(name for name in re.findall(r'"([^"]+)"', value) if name.strip())
    names = _split_at(",", re.sub(r'"[^"]+"', ",", value))
    return (*quoted, *names, *(f"{last}, {first}" for last, first in pairwise(names)))


def _warn_of_old_names() -> None:
    given = {n.upper() for n, value in (dotenv_values(_ENV_FILE) | os.environ).items() if value}
    for old, new in _RENAMED.items():
        if old in given and new not in given:
            _log.warning("%s is now called %s; the old name still works", old, new)
