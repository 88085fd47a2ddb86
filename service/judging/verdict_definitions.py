"""Read what the four verdicts mean, in the words that prompts, labellers and reports share."""

import hashlib
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from service.errors import ConfigurationError
from service.judging.models import Verdict
from service.records import Frozen

__all__ = ["PROMPTS", "VerdictDefinitions", "read_verdict_definitions"]

PROMPTS = Path(__file__).parent.parent / "_data" / "prompts"


class VerdictDefinitions(Frozen):
    """The meaning of each verdict, in one sentence or more."""

    good: str
    partial: str
    weak: str
    unanswered: str

    def of(self, verdict: Verdict) -> str:
        return str(getattr(self, verdict.value))

    @cached_property
    def digest(self) -> str:
        """Identify these definitions: 12 hexadecimal digits that change with any word."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def read_verdict_definitions(file: Path = PROMPTS / "verdicts.yaml") -> VerdictDefinitions:
    """Read the definitions of a file; ConfigurationError says what is wrong with it."""
    try:
        return VerdictDefinitions.model_validate(YAML(typ="safe").load(file))
    except (OSError, YAMLError, ValidationError) as error:
        raise ConfigurationError(f"{file}: no verdict definitions: {error}") from error
